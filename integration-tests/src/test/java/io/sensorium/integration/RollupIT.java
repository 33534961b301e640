// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static io.sensorium.integration.CommandProcess.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.quickstart.layout.DistributionLayout;
import io.sensorium.quickstart.stack.ChildProcess;
import io.sensorium.quickstart.stack.EmbeddedRollup;
import io.sensorium.results.Rollup;
import io.sensorium.results.SentimentResult;
import io.sensorium.schemas.ConfluentSchemaRegistry;
import io.sensorium.schemas.WireFormatDecoder;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two instances of the roll-up app on a real broker, one of them killed in the middle; every roll-up is final once, and
 * right.
 */
class RollupIT {

    private static final long T = 1_700_000_000_000L;

    @TempDir
    Path folder;

    private final HttpClient http = HttpClient.newHttpClient();

    private HttpResponse<String> get(String url) throws Exception {
        return http.send(
                HttpRequest.newBuilder(URI.create(url)).timeout(PATIENCE).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private boolean ready(EmbeddedRollup app) {
        try {
            return get(app.url() + "health/ready").statusCode() == 200;
        } catch (Exception e) {
            return false;
        }
    }

    private double counted(EmbeddedRollup app) throws Exception {
        return MetricsScraper.of(app.url() + "metrics", "sensorium_rollup_results_total", "")
                .getSum();
    }

    private void send(TestTopics topics, Random random, int from, int to, long shift) {
        for (int i = from; i < to; i++) {
            String subject = "s" + random.nextInt(30);
            for (String modality : List.of("image", "text")) {
                topics.send(modality, topics.embedded(modality, subject, "e" + i, T + i * 200L + shift, i));
            }
        }
        topics.flush();
    }

    /** @param victim the instance that works, or the one that stands by */
    @ParameterizedTest
    @ValueSource(strings = {"active", "standby"})
    void everyRollUpIsFinalOnceAndRight(String victim) throws Exception {
        Random random = new Random(8);
        try (TestTopics topics = new TestTopics(SharedStack.get(), 3)) {
            String pipeline = topics.yaml("strategy: tumbling, size: 5s", "parallelism: 2, checkpoint_interval: 1s");
            PipelineConfig config =
                    PipelineFile.parse("test.yaml", pipeline + topics.rollup(folder.resolve("job"), 0, 1));
            send(topics, random, 0, 150, 0);
            topics.runBounded(config);
            List<EmbeddedRollup> apps = new ArrayList<>();
            try {
                for (int instance = 0; instance < 2; instance++) {
                    int port = ChildProcess.freePort();
                    Path own = Files.createDirectories(folder.resolve("instance-" + instance));
                    Path file = own.resolve("pipeline.yaml");
                    Files.writeString(file, pipeline + topics.rollup(own.resolve("state"), port, 1));
                    apps.add(EmbeddedRollup.start(DistributionLayout.rollupClassPath(), own, file, port));
                }
                for (EmbeddedRollup app : apps) {
                    app.awaitDashboard();
                }
                await("both to run").atMost(PATIENCE).until(() -> ready(apps.get(0)) && ready(apps.get(1)));
                await("results to be counted")
                        .atMost(PATIENCE)
                        .until(() -> counted(apps.get(0)) + counted(apps.get(1)) > 0);
                // Any instance may be queried; the one that holds the group answers.
                for (EmbeddedRollup app : apps) {
                    await("an answer from " + app.url())
                            .atMost(PATIENCE)
                            .until(() -> get(app.url() + "api/rollups?window=ten&group=g-image")
                                            .statusCode()
                                    == 200);
                }
                boolean firstWorks = counted(apps.get(0)) > 0;
                EmbeddedRollup killed = apps.get(firstWorks == victim.equals("active") ? 0 : 1);
                EmbeddedRollup left = apps.get(killed == apps.get(0) ? 1 : 0);
                killed.kill();
                long since = System.nanoTime();
                // The same results again under the same ids, and more: nothing may be counted twice.
                send(topics, random, 150, 300, 0);
                topics.runBounded(config);
                await("the one that is left")
                        .atMost(PATIENCE)
                        .until(() -> get(left.url() + "api/rollups?window=ten&group=g-image")
                                                .statusCode()
                                        == 200
                                && ready(left));
                System.err.printf(
                        "faults: kill -9 of the %s roll-up app: answers again by %.1f s after, with another run of the job between%n",
                        victim, (System.nanoTime() - since) / 1e9);
                // Far later results on every partition end all windows before.
                send(topics, random, 300, 360, 1_800_000);
                topics.runBounded(config);
                Map<String, String> expected = expected(topics);
                assertThat(expected).isNotEmpty();
                await("all windows to be final")
                        .atMost(PATIENCE)
                        .until(() -> finals(topics).keySet().containsAll(expected.keySet()));
                finals(topics).forEach((key, contents) -> {
                    if (expected.containsKey(key)) {
                        assertThat(contents).as(key).containsExactly(expected.get(key));
                    }
                });
                JsonNode answer = new ObjectMapper()
                        .readTree(get(left.url() + "api/rollups?window=ten&from=" + T + "&to=" + (T + 60_000))
                                .body());
                assertThat(answer.get("rollups")).isNotEmpty();
                JsonNode first = answer.at("/rollups/0");
                assertThat(first.get("final").asBoolean()).isTrue();
                assertThat(first.get("sentiment_mean").asDouble()).isBetween(-1.0, 1.0);
                assertThat(first.get("match_rate").asDouble()).isBetween(0.0, 1.0);
                assertThat(get(left.url() + "api/rollups?window=hour").statusCode())
                        .isEqualTo(400);
                await("the killed one's groups")
                        .atMost(PATIENCE)
                        .until(() -> get(left.url() + "api/groups").statusCode() == 200);
                assertThat(get(left.url() + "metrics").body())
                        .contains("kafka_stream")
                        .contains("sensorium_rollup_written_total");
            } finally {
                apps.forEach(EmbeddedRollup::close);
            }
        }
    }

    /** The content of each final roll-up by key; one entry each, unless it was final more than once. */
    private static Map<String, List<String>> finals(TestTopics topics) throws Exception {
        Map<String, List<String>> finals = new HashMap<>();
        WireFormatDecoder<Rollup> decoder = WireFormatDecoder.of(
                Rollup.getClassSchema(),
                new ConfluentSchemaRegistry(SharedStack.get().registryUrl(), Map.of()));
        for (ConsumerRecord<byte[], byte[]> record : topics.records("results.rollup")) {
            Rollup rollup = decoder.decode(record.value());
            assertThat(rollup.getFinal$()).isTrue();
            finals.computeIfAbsent(new String(record.key(), StandardCharsets.UTF_8), key -> new ArrayList<>())
                    .add(rollup.getSentimentCount() + " "
                            + Math.round(rollup.getSentimentCount() == 0 ? 0 : rollup.getSentimentMean() * 1e5));
        }
        return finals;
    }

    /** Of the last record of every result id, added up from scratch; of windows that the far later results ended. */
    private static Map<String, String> expected(TestTopics topics) throws Exception {
        Map<String, SentimentResult> last = new HashMap<>();
        topics.read("results.sentiment", new SentimentResult())
                .forEach(result -> last.put(result.getResultId(), result));
        Map<String, double[]> sums = new HashMap<>();
        for (SentimentResult result : last.values()) {
            long instant = result.getWindowEnd().toEpochMilli() - 1;
            if (instant > T + 1_000_000) {
                continue;
            }
            for (String group : List.of("*", "=" + result.getAttributes().get("group"))) {
                for (long start = instant / 5_000 * 5_000 - 15_000; start <= instant; start += 5_000) {
                    add(sums, "hopping|" + start + "|" + group, result.getScore());
                }
                add(sums, "ten|" + instant / 10_000 * 10_000 + "|" + group, result.getScore());
            }
        }
        Map<String, String> contents = new TreeMap<>();
        sums.forEach((key, sum) -> contents.put(key, (long) sum[0] + " " + Math.round(sum[1] / sum[0] * 1e5)));
        return contents;
    }

    private static void add(Map<String, double[]> sums, String key, double score) {
        double[] sum = sums.computeIfAbsent(key, k -> new double[2]);
        sum[0]++;
        sum[1] += score;
    }

    /**
     * The image's script, over what the image copies; and the app exports every metric of its own that panels and
     * alerts name.
     */
    @Test
    void startsAsInItsImage() throws Exception {
        Path module = DistributionLayout.root().resolve("processors/rollup-app");
        assumeTrue(
                Files.isDirectory(module.resolve("target/lib")),
                "skipped: there is no " + module.resolve("target/lib")
                        + "; mvn -pl processors/rollup-app -am package makes it");
        Path image = Files.createDirectories(folder.resolve("image"));
        Files.createSymbolicLink(image.resolve("lib"), module.resolve("target/lib"));
        Files.createSymbolicLink(image.resolve("classes"), module.resolve("target/classes"));
        Files.copy(
                DistributionLayout.root().resolve("deploy/docker/rollup.sh"),
                image.resolve("rollup.sh"),
                StandardCopyOption.COPY_ATTRIBUTES);
        try (TestTopics topics = new TestTopics(SharedStack.get(), 1)) {
            int port = ChildProcess.freePort();
            Path file = folder.resolve("pipeline.yaml");
            Files.writeString(
                    file,
                    topics.yaml("strategy: tumbling, size: 5s", "parallelism: 1")
                            + topics.rollup(folder.resolve("made/state"), port, 0)
                                    .replace("127.0.0.1:", "0.0.0.0:"));
            topics.runBounded(PipelineFile.read(file));
            Path token = folder.resolve("token");
            Files.writeString(token, "secret\n");
            Map<String, String> environment = Map.of(
                    "SENSORIUM_HTTP_TOKEN_FILE",
                    token.toString(),
                    "SENSORIUM_HTTP_PORT",
                    Integer.toString(port),
                    "SENSORIUM_LOG",
                    folder.resolve("app.log").toString(),
                    "SENSORIUM_LOG_FORMAT",
                    "json");
            Process app = script(image, environment, "-c", file.toString());
            try {
                await("the image's health check")
                        .atMost(PATIENCE)
                        .until(() -> script(image, environment, "health").waitFor() == 0);
                String url = "http://127.0.0.1:" + port;
                assertThat(get(url + "/api/groups").statusCode())
                        .as("others reach it, so it demands the token")
                        .isEqualTo(401);
                HttpResponse<String> metrics = http.send(
                        HttpRequest.newBuilder(URI.create(url + "/metrics"))
                                .header("Authorization", "Bearer secret")
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
                assertThat(metrics.statusCode()).isEqualTo(200);
                for (String source :
                        List.of("deploy/grafana/dashboards/sensorium.json", "deploy/prometheus/alerts.yml")) {
                    Matcher named = Pattern.compile("\\bsensorium_rollup_[a-z_]+")
                            .matcher(Files.readString(DistributionLayout.root().resolve(source)));
                    while (named.find()) {
                        assertThat(metrics.body()).contains("\n" + named.group());
                    }
                }
                HttpResponse<String> page = http.send(
                        HttpRequest.newBuilder(URI.create(url + "/?token=secret"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
                assertThat(page.statusCode()).isEqualTo(302);
                assertThat(page.headers().firstValue("Set-Cookie").orElseThrow())
                        .contains("HttpOnly")
                        .contains("SameSite=Strict");
            } finally {
                app.destroy();
                assertThat(app.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
            }
            assertThat(app.exitValue()).as("ended by SIGTERM it ends well").isZero();
            for (String made : List.of("made", "made/state")) {
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve(made))))
                        .as(made)
                        .isEqualTo("rwx------");
            }
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("app.log"))))
                    .isEqualTo("rw-------");
        }
    }

    private Process script(Path image, Map<String, String> environment, String... arguments) throws IOException {
        List<String> command =
                new ArrayList<>(List.of(image.resolve("rollup.sh").toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("image.log").toFile());
        builder.environment().putAll(environment);
        return builder.start();
    }

    @Test
    void refusesWhatItCannotDo() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 1)) {
            Path file = folder.resolve("pipeline.yaml");
            Files.writeString(
                    file,
                    topics.yaml("strategy: tumbling, size: 5s", "parallelism: 1")
                                    .replace("emit: {attributes: [group]}", "")
                            + topics.rollup(folder.resolve("state"), 1, 0));
            assertThat(fail(file))
                    .contains("rollup.group_by: is \"group\", which results do not carry; add it to emit.attributes");
            Files.writeString(
                    file,
                    topics.yaml("strategy: tumbling, size: 5s", "parallelism: 1")
                            + topics.rollup(folder.resolve("state"), ChildProcess.freePort(), 0));
            assertThat(fail(file)).contains("there are no topics").contains("start it first");
            PipelineConfig config = PipelineFile.read(file);
            topics.runBounded(config);
            Files.writeString(file, Files.readString(file).replaceFirst("http: \"127.0.0.1", "http: \"0.0.0.0"));
            assertThat(fail(file))
                    .contains("which other machines can reach, and no token is set; set SENSORIUM_HTTP_TOKEN");
        }
    }

    private String fail(Path file) throws IOException {
        Path own = Files.createTempDirectory(folder, "refused");
        try (EmbeddedRollup app = EmbeddedRollup.start(DistributionLayout.rollupClassPath(), own, file, 1)) {
            app.awaitDashboard();
            throw new AssertionError("it started");
        } catch (IOException e) {
            return e.getMessage();
        }
    }
}
