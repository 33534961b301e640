// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static io.sensorium.integration.CommandProcess.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.sensorium.quickstart.layout.DistributionLayout;
import io.sensorium.quickstart.stack.EmbeddedStack;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SIGTERM ends {@code run} soon, whatever the job is at. */
class TerminationIT {

    private static final long T = 1_700_000_000_000L;

    /** Kubernetes' default grace. */
    private static final int GRACE_SECONDS = 30;

    @TempDir
    Path folder;

    private Process run;

    @AfterEach
    void end() throws Exception {
        if (run != null) {
            run.destroyForcibly().waitFor();
        }
    }

    private Path file(TestTopics topics, String runtime) throws IOException {
        return Files.writeString(
                folder.resolve("pipeline.yaml"),
                topics.yaml(
                        "strategy: tumbling, size: 1s, min_modalities: 1",
                        "parallelism: 1, state_dir: '" + folder.resolve("state") + "', " + runtime));
    }

    private String screen() throws IOException {
        return Files.exists(folder.resolve("err.log")) ? Files.readString(folder.resolve("err.log")) : "";
    }

    private int terminate() throws Exception {
        run.destroy();
        assertThat(run.waitFor(GRACE_SECONDS, TimeUnit.SECONDS))
                .as("it has ended; screen:%n%s", screen())
                .isTrue();
        return run.exitValue();
    }

    @Test
    void duringTheStartItDoesNotStartFirst() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 1)) {
            run = CommandProcess.start(
                    folder, "run", "-c", file(topics, "checkpoint_interval: 1s").toString());
            // The log begins with the start.
            await("the start")
                    .atMost(PATIENCE)
                    .until(() -> Files.exists(folder.resolve("command.log"))
                            && Files.size(folder.resolve("command.log")) > 0);
            assertThat(terminate()).as(screen()).isZero();
            assertThat(screen())
                    .containsPattern("stopped (during the start|before all tasks were running)")
                    .doesNotContain("saved ");
        }
    }

    @Test
    void whileTheJobRestartsAgainAndAgainItEndsWithoutASavepointAndSaysWhy() throws Exception {
        EmbeddedStack stack = SharedStack.get();
        try (TestTopics topics = new TestTopics(stack, 1);
                Registry registry = new Registry(stack.registryUrl())) {
            Path file = file(topics, "checkpoint_interval: 1s");
            Files.writeString(file, Files.readString(file).replace(stack.registryUrl(), registry.url()));
            run = CommandProcess.start(folder, "run", "-c", file.toString());
            await("the job").atMost(PATIENCE).until(() -> screen().contains("submitted"));
            registry.fails = true;
            topics.send("text", topics.event("text", "s", "t", T, "its schema is not known yet"));
            topics.flush();
            await("two restarts on the screen")
                    .atMost(PATIENCE)
                    .until(() -> screen().split("the job restarted", -1).length > 2);
            assertThat(terminate()).isOne();
            assertThat(screen())
                    .containsPattern("the job does not run: it restarted [0-9]+ times since [^ ]+Z \\(")
                    .contains("so no savepoint was made", "the next run ");
        }
    }

    @Test
    void whileTheBrokerIsDownItEndsWithoutASavepointAndSaysWhereTheNextRunGoesOn() throws Exception {
        try (EmbeddedStack stack =
                        EmbeddedStack.start(DistributionLayout.stackDistributions(), folder.resolve("stack"));
                TestTopics topics = new TestTopics(stack, 1)) {
            run = CommandProcess.start(
                    folder, "run", "-c", file(topics, "checkpoint_interval: 1s").toString());
            topics.send("text", topics.event("text", "s", "t", T, "before the broker went away"));
            topics.send("text", topics.event("text", "s", "u", T + 60_000, "so that the window closes"));
            topics.flush();
            await("a result")
                    .atMost(PATIENCE)
                    .until(() -> !topics.records("results.sentiment").isEmpty());
            topics.send("text", topics.event("text", "s", "v", T + 120_000, "results that are not committed"));
            topics.flush();
            stack.broker().kill();
            long begin = System.nanoTime();
            assertThat(terminate()).isOne();
            assertThat(Duration.ofNanos(System.nanoTime() - begin))
                    .as("the broker's silence, and what ending takes")
                    .isLessThan(Duration.ofSeconds(20));
            assertThat(screen())
                    .contains(
                            "the broker at " + stack.bootstrapServers()
                                    + " did not answer within 10 s, so no savepoint was made",
                            "the next run resumes from the newest checkpoint, " + folder.resolve("state"))
                    .doesNotContain("\tat ");
        }
    }

    @Test
    void beforeACommandHasTakenSignalsItIsNotStoppedWithoutAWord() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Path file = Files.writeString(
                    folder.resolve("pipeline.yaml"),
                    "kafka: {bootstrap_servers: '127.0.0.1:" + silent.getLocalPort()
                            + "'}\nregistry: {url: 'http://127.0.0.1:1'}\n"
                            + "modalities: {text: {encoder: text-bge-small-en}}\nalign: {min_modalities: "
                            + "1}\noperators: {sentiment: {type: sentiment}}\n");
            run = CommandProcess.start(folder, "validate", "-c", file.toString());
            silent.accept().close();
            assertThat(terminate()).isEqualTo(128 + 15);
            assertThat(screen()).contains("sensorium: stopped by SIGTERM");
        }
    }

    @Test
    void theDemoEndsAtOnceWhileItStarts() throws Exception {
        run = CommandProcess.start(folder, "demo", "--no-browser");
        Path out = folder.resolve("out.log");
        await("the start")
                .atMost(PATIENCE)
                .until(() -> Files.exists(out) && Files.readString(out).contains("starting Kafka"));
        assertThat(terminate()).isEqualTo(128 + 15);
        assertThat(screen()).contains("sensorium: stopped by SIGTERM");
    }

    @Test
    void aBoundedRunLeavesNoTransactionOpenThatReadersWouldWaitFor() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 1)) {
            for (int i = 0; i < 20_000; i++) {
                topics.send("text", topics.event("text", "s", "t" + i, T + i * 1000L, "text number " + i));
            }
            topics.flush();
            run = CommandProcess.start(
                    folder,
                    "run",
                    "--bounded",
                    "-c",
                    file(topics, "checkpoint_interval: 2m").toString());
            await("results in an open transaction").atMost(PATIENCE).until(() -> end(topics, "read_uncommitted") > 0);
            assertThat(end(topics, "read_committed")).isZero();
            assertThat(terminate()).isOne();
            assertThat(screen()).contains("stopped before the end of a bounded run");
            assertThat(end(topics, "read_committed"))
                    .as("readers pass what was aborted")
                    .isEqualTo(end(topics, "read_uncommitted"));
            assertThat(topics.records("results.sentiment")).isEmpty();
        }
    }

    private static long end(TestTopics topics, String isolation) throws IOException {
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", SharedStack.get().bootstrapServers(), "isolation.level", isolation),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            TopicPartition partition = new TopicPartition(topics.prefix + "results.sentiment", 0);
            return consumer.listTopics().containsKey(partition.topic())
                    ? consumer.endOffsets(List.of(partition)).get(partition)
                    : 0;
        }
    }

    /** A registry in front of the real one, which can fail. */
    private static final class Registry implements AutoCloseable {
        volatile boolean fails;

        private final HttpServer server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        private final HttpClient client = HttpClient.newHttpClient();
        private final String path;

        Registry(String url) throws IOException {
            server.createContext("/", exchange -> {
                try (exchange) {
                    byte[] request = exchange.getRequestBody().readAllBytes();
                    if (fails) {
                        exchange.sendResponseHeaders(503, -1);
                        return;
                    }
                    String path = exchange.getRequestURI().toString();
                    HttpResponse<byte[]> answer = client.send(
                            HttpRequest.newBuilder(URI.create(url.replaceAll("(https?://[^/]+).*", "$1") + path))
                                    .header("Content-Type", "application/vnd.schemaregistry.v1+json")
                                    .method(
                                            exchange.getRequestMethod(),
                                            HttpRequest.BodyPublishers.ofByteArray(request))
                                    .build(),
                            HttpResponse.BodyHandlers.ofByteArray());
                    answer.headers()
                            .firstValue("Content-Type")
                            .ifPresent(type -> exchange.getResponseHeaders().add("Content-Type", type));
                    exchange.sendResponseHeaders(
                            answer.statusCode(), answer.body().length == 0 ? -1 : answer.body().length);
                    exchange.getResponseBody().write(answer.body());
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            server.start();
            path = URI.create(url).getPath();
        }

        String url() {
            return "http://127.0.0.1:" + server.getAddress().getPort() + path;
        }

        @Override
        public void close() {
            server.stop(0);
        }
    }
}
