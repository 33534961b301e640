// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.job.run.PipelineCheck;
import io.sensorium.login.TokenEndpointLogin;
import io.sensorium.quickstart.SensoriumCommand;
import io.sensorium.quickstart.layout.DistributionLayout;
import io.sensorium.quickstart.stack.EmbeddedBroker;
import io.sensorium.results.SentimentResult;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.kafka.common.security.oauthbearer.ClientJwtValidator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A broker (SASL/OAUTHBEARER) and a registry (bearer) that take the tokens of one identity provider, which live for
 * seconds. A job runs across several of them; a wrong secret and a token for somebody else are reported; nothing that
 * is written contains a secret or a token.
 */
class OAuthIT {

    private static final long T = 1_700_000_000_000L;
    private static final String SECRET = "client-secret-3f70";
    private static final String WRONG = "wrong-secret-9c21";
    private static final String MODULE = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required";

    @TempDir
    Path folder;

    private final AtomicInteger admitted = new AtomicInteger();
    private TokenServer tokens;
    private EmbeddedBroker broker;
    private HttpServer registry;

    @BeforeEach
    void start() throws Exception {
        tokens = new TokenServer(Map.of("job", SECRET, "test", "test-secret"), Duration.ofSeconds(6));
        broker = EmbeddedBroker.start(
                DistributionLayout.stackDistributions().resolve("broker"),
                folder.resolve("broker"),
                new EmbeddedBroker.Security(
                        "SASL_PLAINTEXT",
                        Map.of(
                                "sasl.enabled.mechanisms",
                                "OAUTHBEARER",
                                "listener.name.clients.oauthbearer.sasl.jaas.config",
                                MODULE + ";",
                                "listener.name.clients.oauthbearer.sasl.server.callback.handler.class",
                                "org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallbackHandler",
                                "sasl.oauthbearer.jwks.endpoint.url",
                                tokens.url("/jwks"),
                                "sasl.oauthbearer.expected.audience",
                                "sensorium",
                                "sasl.oauthbearer.expected.issuer",
                                TokenServer.ISSUER,
                                "sasl.oauthbearer.clock.skew.seconds",
                                "0",
                                // A connection is closed when its token has expired and no newer one came.
                                "connections.max.reauth.ms",
                                "3600000"),
                        List.of(),
                        Map.of(
                                "security.protocol",
                                "SASL_PLAINTEXT",
                                "sasl.mechanism",
                                "OAUTHBEARER",
                                "sasl.login.callback.handler.class",
                                TokenEndpointLogin.class.getName(),
                                "sasl.oauthbearer.jwt.validator.class",
                                ClientJwtValidator.class.getName(),
                                "sasl.oauthbearer.token.endpoint.url",
                                tokens.url("/token"),
                                "sasl.jaas.config",
                                MODULE + " clientId=\"test\" clientSecret=\"test-secret\";"),
                        List.of("-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=" + tokens.url("/jwks"))));
        RegistryProxy proxy = new RegistryProxy(SharedStack.get().registryUrl());
        registry = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        registry.setExecutor(Executors.newFixedThreadPool(4));
        registry.createContext("/", exchange -> {
            try (exchange) {
                if (tokens.admits(exchange.getRequestHeaders().getFirst("Authorization"))) {
                    admitted.incrementAndGet();
                    proxy.forward(exchange);
                } else {
                    TokenServer.answer(exchange, 401, "{\"error_code\": 401, \"message\": \"Unauthorized\"}");
                }
            }
        });
        registry.start();
        broker.await();
    }

    @AfterEach
    void stop() {
        registry.stop(0);
        broker.close();
        tokens.close();
    }

    private Path pipeline(TestTopics topics, String secret) throws IOException {
        Path secrets = Files.writeString(folder.resolve("secrets.properties"), "client=" + secret + "\n");
        String yaml = topics.yaml(
                "strategy: tumbling, size: 10s",
                "parallelism: 1, checkpoint_interval: 1s, state_dir: '" + folder.resolve("state") + "'");
        String secured = yaml.replaceFirst("kafka: .*", """
                kafka:
                  bootstrap_servers: "%1$s"
                  properties:
                    security.protocol: SASL_PLAINTEXT
                    sasl.mechanism: OAUTHBEARER
                    sasl.oauthbearer.token.endpoint.url: "%2$s"
                    sasl.oauthbearer.client.credentials.client.id: job
                    sasl.oauthbearer.client.credentials.client.secret: "\\${file:%3$s:client}"
                    sasl.oauthbearer.scope: kafka
                """.formatted(
                        broker.bootstrapServers(), tokens.url("/token"), secrets).stripTrailing())
                .replaceFirst("registry: .*", """
                registry:
                  url: "http://127.0.0.1:%1$d/apis/ccompat/v7"
                  properties:
                    bearer.auth.credentials.source: OAUTHBEARER
                    bearer.auth.issuer.endpoint.url: "%2$s"
                    bearer.auth.client.id: job
                    bearer.auth.client.secret: "\\${file:%3$s:client}"
                    bearer.auth.scope: kafka
                """.formatted(
                        registry.getAddress().getPort(), tokens.url("/token"), secrets).stripTrailing());
        return Files.writeString(folder.resolve("pipeline.yaml"), secured);
    }

    private Process command(String name, String... arguments) throws IOException {
        return CommandProcess.start(
                Files.createDirectories(folder.resolve(name)),
                List.of("-Xmx1g", CommandProcess.SHORT_LIVED, "-Dlog4j2.level=debug"),
                arguments);
    }

    private int ended(Process process) throws InterruptedException {
        assertThat(process.waitFor(CommandProcess.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .isTrue();
        return process.exitValue();
    }

    private String written(String name) throws IOException {
        StringBuilder all = new StringBuilder();
        try (Stream<Path> files = Files.walk(folder.resolve(name))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                all.append(Files.readString(file));
            }
        }
        return all.toString();
    }

    private static void send(TestTopics topics, String subject, long time) {
        for (String modality : List.of("image", "text", "audio")) {
            topics.send(modality, topics.embedded(modality, subject, subject + modality, time, 1));
        }
        topics.flush();
    }

    private static boolean has(TestTopics topics, String subject) throws Exception {
        return topics.read("results.sentiment", new SentimentResult()).stream()
                .anyMatch(result -> result.getSubjectId().equals(subject));
    }

    @Test
    void aJobRunsAcrossTheLivesOfItsTokens() throws Exception {
        try (TestTopics topics =
                new TestTopics(broker.clientProperties(), SharedStack.get().registryUrl())) {
            broker.createTopics(1, topics.topic("image"), topics.topic("text"), topics.topic("audio"));
            send(topics, "first", T);
            send(topics, "closes", T + 60_000);
            String file = pipeline(topics, SECRET).toString();
            Process run = command("run", "run", "-c", file);
            Path logs = folder.resolve("run");
            CommandProcess.await("a first result", run, CommandProcess.PATIENCE, logs, () -> has(topics, "first"));
            int before = tokens.issuedTo("job");
            CommandProcess.await(
                    "tokens are renewed",
                    run,
                    CommandProcess.PATIENCE,
                    logs,
                    () -> tokens.issuedTo("job") >= before + 3);
            send(topics, "second", T + 120_000);
            send(topics, "closes", T + 180_000);
            CommandProcess.await("a second result", run, CommandProcess.PATIENCE, logs, () -> has(topics, "second"));

            output("inspect", "-c", file, "--records", "1");
            assertThat(output("dlq", "list", "-c", file)).contains("no dead letters");
            run.destroy();
            assertThat(ended(run)).as(written("run")).isZero();
            assertThat(admitted.get()).as("schemas came through the door").isPositive();

            pipeline(topics, WRONG);
            assertThat(ended(command("wrong", "validate", "-c", file))).isEqualTo(2);
            assertThat(Files.readString(folder.resolve("wrong/err.log")))
                    .contains(
                            "kafka.properties: there is no token from " + tokens.url("/token"),
                            "invalid_client",
                            "sasl.oauthbearer.client.credentials.client.id",
                            "registry.url:",
                            "bearer.auth.client.secret");

            pipeline(topics, SECRET);
            tokens.issueFor("somebody-else", "job");
            assertThat(PipelineCheck.of(PipelineFile.read(Path.of(file))).problems())
                    .singleElement()
                    .asString()
                    .contains("refused the login", "audience");

            for (String name : List.of("run", "wrong")) {
                String written = written(name);
                assertThat(List.of(SECRET, WRONG).stream().filter(written::contains))
                        .as("secrets in what " + name + " wrote")
                        .isEmpty();
                assertThat(tokens.issued().stream().filter(written::contains))
                        .as("tokens in what " + name + " wrote")
                        .isEmpty();
            }
        }
    }

    private static String output(String... arguments) {
        StringWriter out = new StringWriter();
        var command = SensoriumCommand.commandLine();
        command.setOut(new PrintWriter(out));
        assertThat(command.execute(arguments)).as(String.join(" ", arguments)).isZero();
        return out.toString();
    }
}
