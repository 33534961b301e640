// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static io.sensorium.integration.CommandProcess.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.BasicAuthenticator;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.sensorium.events.TextEvent;
import io.sensorium.quickstart.layout.DistributionLayout;
import io.sensorium.quickstart.stack.EmbeddedBroker;
import io.sensorium.results.SentimentResult;
import io.sensorium.schemas.ConfluentSchemaRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A broker that demands TLS and SCRAM, and a registry behind TLS and basic authentication. The pipeline's secrets are
 * in its environment and in a file; with the right ones it runs, with wrong ones it reports that, and in neither case
 * are they in anything that it writes.
 */
class TlsSaslIT {

    private static final long T = 1_700_000_000_000L;
    private static final String STORE_PASSWORD = "store-pass-81f3";
    private static final String KAFKA_PASSWORD = "kafka-pass-27ac";
    private static final String REGISTRY_PASSWORD = "registry-pass-90bd";

    @TempDir
    Path folder;

    private final AtomicInteger admitted = new AtomicInteger();
    private KeyStores stores;
    private EmbeddedBroker broker;
    private HttpsServer registry;

    @BeforeEach
    void start() throws Exception {
        stores = new KeyStores(folder, STORE_PASSWORD);
        stores.own("server");
        stores.trusting("trust", "server");
        broker = EmbeddedBroker.start(
                DistributionLayout.stackDistributions().resolve("broker"),
                folder.resolve("broker"),
                new EmbeddedBroker.Security(
                        "SASL_SSL",
                        Map.of(
                                "sasl.enabled.mechanisms",
                                "SCRAM-SHA-512",
                                "ssl.keystore.type",
                                "PKCS12",
                                "ssl.keystore.location",
                                stores.path("server"),
                                "ssl.keystore.password",
                                STORE_PASSWORD,
                                "listener.name.clients.scram-sha-512.sasl.jaas.config",
                                "org.apache.kafka.common.security.scram.ScramLoginModule required;"),
                        List.of("SCRAM-SHA-512=[name=job,password=" + KAFKA_PASSWORD + "]"),
                        client(KAFKA_PASSWORD),
                        List.of()));
        registry = proxy(SharedStack.get().registryUrl());
        broker.await();
    }

    @AfterEach
    void stop() {
        registry.stop(0);
        broker.close();
    }

    private Map<String, String> client(String password) {
        return Map.of(
                "security.protocol",
                "SASL_SSL",
                "sasl.mechanism",
                "SCRAM-SHA-512",
                "ssl.truststore.type",
                "PKCS12",
                "ssl.truststore.location",
                stores.path("trust"),
                "ssl.truststore.password",
                STORE_PASSWORD,
                "sasl.jaas.config",
                "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"job\" password=\""
                        + password + "\";");
    }

    /** A proxy in front of a registry without authentication: TLS and a user's password. */
    private HttpsServer proxy(String target) throws Exception {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(Path.of(stores.path("server")))) {
            keys.load(in, STORE_PASSWORD.toCharArray());
        }
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(keys, STORE_PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(factory.getKeyManagers(), null, null);
        HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context));
        server.setExecutor(Executors.newFixedThreadPool(4));
        RegistryProxy proxy = new RegistryProxy(target);
        server.createContext("/", exchange -> {
                    try (exchange) {
                        proxy.forward(exchange);
                        admitted.incrementAndGet();
                    }
                })
                .setAuthenticator(new BasicAuthenticator("registry") {
                    @Override
                    public boolean checkCredentials(String user, String password) {
                        return user.equals("job") && password.equals(REGISTRY_PASSWORD);
                    }
                });
        server.start();
        return server;
    }

    private Path pipeline(TestTopics topics) throws IOException {
        String yaml = topics.yaml(
                "strategy: tumbling, size: 10s",
                "parallelism: 1, checkpoint_interval: 1s, state_dir: '" + folder.resolve("state") + "'");
        String secured = yaml.replaceFirst(
                        "kafka: .*",
                        """
                kafka:
                  bootstrap_servers: "%1$s"
                  properties:
                    security.protocol: SASL_SSL
                    sasl.mechanism: SCRAM-SHA-512
                    ssl.truststore.type: PKCS12
                    ssl.truststore.location: "%2$s"
                    ssl.truststore.password: "\\${file:%3$s:store}"
                    sasl.jaas.config: 'org.apache.kafka.common.security.scram.ScramLoginModule required \
                    username="job" password="\\${env:KAFKA_PASSWORD}";'
                """.formatted(
                                broker.bootstrapServers(), stores.path("trust"), folder.resolve("secrets.properties")).stripTrailing())
                .replaceFirst(
                        "registry: .*", """
                registry:
                  url: "https://localhost:%1$d/apis/ccompat/v7"
                  properties:
                    basic.auth.credentials.source: USER_INFO
                    basic.auth.user.info: "\\${env:REGISTRY_USER}"
                    schema.registry.ssl.truststore.type: PKCS12
                    schema.registry.ssl.truststore.location: "%2$s"
                    schema.registry.ssl.truststore.password: "\\${file:%3$s:store}"
                """.formatted(
                                registry.getAddress().getPort(),
                                stores.path("trust"),
                                folder.resolve("secrets.properties")).stripTrailing());
        Files.writeString(folder.resolve("secrets.properties"), "store=" + STORE_PASSWORD + "\n");
        return Files.writeString(folder.resolve("pipeline.yaml"), secured);
    }

    private int command(Map<String, String> environment, String... arguments) throws Exception {
        Path logs = Files.createDirectories(folder.resolve("logs"));
        Process process = CommandProcess.start(
                logs, List.of("-Xmx1g", CommandProcess.SHORT_LIVED, "-Dlog4j2.level=debug"), environment, arguments);
        assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    /** One post, of a text alone. */
    private String dataset() throws IOException {
        Path dataset = Files.createDirectories(folder.resolve("dataset"));
        Files.writeString(dataset.resolve("labels.tsv"), "id\ttext\tlabel\nr1\thello there\tpositive\n");
        return dataset.toString();
    }

    private String written() throws IOException {
        StringBuilder all = new StringBuilder();
        try (Stream<Path> files = Files.walk(folder.resolve("logs"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                all.append(Files.readString(file));
            }
        }
        return all.toString();
    }

    @Test
    void runsWithTheRightSecretsAndKeepsThem() throws Exception {
        try (TestTopics topics =
                new TestTopics(broker.clientProperties(), SharedStack.get().registryUrl())) {
            broker.createTopics(1, topics.topic("image"), topics.topic("text"), topics.topic("audio"));
            for (String modality : List.of("image", "text", "audio")) {
                topics.send(modality, topics.embedded(modality, "subject", modality, T, 1));
            }
            topics.flush();
            String file = pipeline(topics).toString();
            Map<String, String> right =
                    Map.of("KAFKA_PASSWORD", KAFKA_PASSWORD, "REGISTRY_USER", "job:" + REGISTRY_PASSWORD);
            assertThat(command(right, "validate", "-c", file)).as(written()).isZero();
            assertThat(command(right, "run", "-c", file, "--bounded"))
                    .as(written())
                    .isZero();
            assertThat(admitted.get()).as("schemas came through the door").isPositive();
            assertThat(topics.read("results.sentiment", new SentimentResult())).hasSize(1);

            assertThat(command(right, "replay", "-c", file, "--speed", "0", "--dataset", dataset()))
                    .as(written())
                    .isZero();
            assertThat(topics.read("media.text", new TextEvent()))
                    .extracting(TextEvent::getSubjectId)
                    .containsExactlyInAnyOrder("subject", "r1");

            assertThat(command(
                            Map.of("KAFKA_PASSWORD", "wrong-pass-44ee", "REGISTRY_USER", "job:wrong-pass-55ff"),
                            "validate",
                            "-c",
                            file))
                    .as(written())
                    .isEqualTo(2);
            assertThat(written())
                    .contains("Authentication failed", "401")
                    .doesNotContain(STORE_PASSWORD, KAFKA_PASSWORD, REGISTRY_PASSWORD, "wrong-pass");
            aRegistryOfAnUnknownAuthorityOrWithoutTlsIsNamed();
        }
    }

    private void aRegistryOfAnUnknownAuthorityOrWithoutTlsIsNamed() throws IOException {
        String host = "localhost:" + registry.getAddress().getPort();
        assertThatThrownBy(() -> new ConfluentSchemaRegistry("https://" + host, Map.of()).requireAnswer())
                .isInstanceOf(IOException.class)
                .hasMessageContainingAll("not signed by a CA", "schema.registry.ssl.truststore.location");
        String plain = URI.create(SharedStack.get().registryUrl()).getAuthority();
        assertThatThrownBy(() -> new ConfluentSchemaRegistry("https://" + plain, Map.of()).requireAnswer())
                .isInstanceOf(IOException.class)
                .hasMessageContainingAll("TLS fails", "scheme (http or https)");
        assertThatThrownBy(() -> new ConfluentSchemaRegistry(
                        "https://" + host,
                        Map.of(
                                "schema.registry.ssl.truststore.location",
                                stores.path("trust"),
                                "schema.registry.ssl.truststore.password",
                                "wrong-pass-66aa")))
                .isInstanceOf(RuntimeException.class)
                .hasMessageNotContaining("wrong-pass");
    }
}
