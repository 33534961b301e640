package io.sensorium.quickstart.stack;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;

/**
 * A Kafka broker (KRaft, one node) and an Apicurio registry, each a child process with a class path of its own, on loopback
 * and free ports. With a folder given, topics and schemas are there again at the next start.
 */
public final class EmbeddedStack implements AutoCloseable {

    /** Topics that carry media allow 16 MiB records, and a little for their envelope. */
    public static final int MAX_MESSAGE_BYTES = 17 << 20;

    private static final Duration START_TIMEOUT = Duration.ofSeconds(90);
    private static final String CLUSTER_ID = "c2Vuc29yaXVtLWRlbW8tMQ";
    private static final String REGISTRY_PATH = "/apis/ccompat/v7";

    private final ChildProcess broker;
    private final ChildProcess registry;
    private final String bootstrapServers;
    private final String registryUrl;

    private EmbeddedStack(ChildProcess broker, ChildProcess registry, String bootstrapServers, String registryUrl) {
        this.broker = broker;
        this.registry = registry;
        this.bootstrapServers = bootstrapServers;
        this.registryUrl = registryUrl;
    }

    /**
     * Starts both and waits until both answer.
     *
     * @param distributions the folder that holds {@code broker} and {@code registry}, as the stack module lays them out
     * @param folder for data and logs
     * @throws IOException when one does not start, with the end of its log
     */
    public static EmbeddedStack start(Path distributions, Path folder) throws IOException {
        Files.createDirectories(folder);
        int registryPort = ChildProcess.freePort();
        ChildProcess registry = startRegistry(distributions.resolve("registry"), folder, registryPort);
        ChildProcess broker = null;
        try {
            int brokerPort = ChildProcess.freePort();
            broker = startBroker(distributions.resolve("broker"), folder, brokerPort);
            String bootstrapServers = "127.0.0.1:" + brokerPort;
            String registryUrl = "http://127.0.0.1:" + registryPort + REGISTRY_PATH;
            broker.await(() -> brokerAnswers(bootstrapServers), START_TIMEOUT);
            HttpClient http = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
            // Confluent's own registry starts with BACKWARD, and clients count on it; this one starts with no rule.
            registry.await(() -> registryAnswers(http, backwardRule(registryUrl + "/config")), START_TIMEOUT);
            return new EmbeddedStack(broker, registry, bootstrapServers, registryUrl);
        } catch (IOException e) {
            registry.close();
            if (broker != null) {
                broker.close();
            }
            throw e;
        }
    }

    private static ChildProcess startRegistry(Path home, Path folder, int port) throws IOException {
        Path jar;
        try (Stream<Path> files = Files.list(home)) {
            jar = files.filter(file -> file.getFileName().toString().endsWith("-runner.jar")).findFirst()
                    .orElseThrow(() -> new IOException("no registry in " + home + "; build the stack module"));
        }
        String main;
        try (JarFile runner = new JarFile(jar.toFile())) {
            main = runner.getManifest().getMainAttributes().getValue("Main-Class");
        }
        return ChildProcess.java("registry", folder, List.of("-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
                "-Dquarkus.http.host=127.0.0.1", "-Dquarkus.http.port=" + port, "-Dquarkus.http.access-log.enabled=false",
                "-Dapicurio.datasource.url=jdbc:h2:file:" + folder.resolve("registry-data").toAbsolutePath() + ";WRITE_DELAY=0"),
                jar.toAbsolutePath().toString(), List.of(main));
    }

    private static ChildProcess startBroker(Path libraries, Path folder, int port) throws IOException {
        Path data = folder.resolve("kafka-data").toAbsolutePath();
        int controllerPort = ChildProcess.freePort();
        Properties properties = new Properties();
        properties.putAll(Map.ofEntries(Map.entry("process.roles", "broker,controller"), Map.entry("node.id", "1"),
                Map.entry("controller.quorum.voters", "1@127.0.0.1:" + controllerPort),
                Map.entry("listeners", "PLAINTEXT://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controllerPort),
                Map.entry("controller.listener.names", "CONTROLLER"), Map.entry("log.dirs", data.toString()),
                Map.entry("offsets.topic.replication.factor", "1"), Map.entry("offsets.topic.num.partitions", "4"),
                Map.entry("transaction.state.log.replication.factor", "1"), Map.entry("transaction.state.log.min.isr", "1"),
                Map.entry("transaction.state.log.num.partitions", "4"), Map.entry("share.coordinator.state.topic.replication.factor", "1"),
                Map.entry("share.coordinator.state.topic.min.isr", "1"), Map.entry("group.initial.rebalance.delay.ms", "0"),
                Map.entry("auto.create.topics.enable", "false"), Map.entry("message.max.bytes", Integer.toString(MAX_MESSAGE_BYTES)),
                Map.entry("log.segment.bytes", "134217728")));
        Path file = folder.resolve("broker.properties");
        try (var out = Files.newBufferedWriter(file)) {
            properties.store(out, "embedded broker");
        }
        Path log4j = folder.resolve("broker-log4j2.properties");
        Files.writeString(log4j, "rootLogger.level=warn\nrootLogger.appenderRef.c.ref=C\nappender.c.type=Console\nappender.c.name=C\n"
                + "appender.c.layout.type=PatternLayout\nappender.c.layout.pattern=%d %p %c - %m%n\n");
        List<String> jvm = List.of("-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Dlog4j2.configurationFile=" + log4j.toAbsolutePath());
        String classPath = libraries.toAbsolutePath() + "/*";
        if (!Files.exists(data.resolve("meta.properties"))) {
            List<String> format = List.of("kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", file.toAbsolutePath().toString());
            try (ChildProcess formatting = ChildProcess.java("broker-format", folder, jvm, classPath, format)) {
                if (formatting.exitCode() != 0) {
                    throw new IOException("the broker's storage could not be formatted; see " + folder.resolve("broker-format.log"));
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while formatting the broker's storage", e);
            }
        }
        return ChildProcess.java("broker", folder, jvm, classPath, List.of("kafka.Kafka", file.toAbsolutePath().toString()));
    }

    private static boolean brokerAnswers(String bootstrapServers) {
        int port = Integer.parseInt(bootstrapServers.substring(bootstrapServers.indexOf(':') + 1));
        try (java.net.Socket socket = new java.net.Socket()) {
            socket.connect(new java.net.InetSocketAddress("127.0.0.1", port), 200);
        } catch (IOException e) {
            return false;
        }
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers, "request.timeout.ms", "2000", "default.api.timeout.ms", "3000"))) {
            return !admin.describeCluster().nodes().get(3, TimeUnit.SECONDS).isEmpty();
        } catch (ExecutionException | TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static HttpRequest.Builder backwardRule(String url) {
        return HttpRequest.newBuilder(URI.create(url)).header("Content-Type", "application/json")
                .PUT(HttpRequest.BodyPublishers.ofString("{\"compatibility\": \"BACKWARD\"}"));
    }

    /**
     * Writes the BACKWARD rule at registered subjects of their own. This registry answers NONE for a subject that has no rule
     * of its own instead of falling back to the global one, and clients such as kafkajs then refuse to register.
     *
     * @throws IOException when the registry does not take it
     */
    public void requireBackward(String... subjects) throws IOException {
        HttpClient http = HttpClient.newHttpClient();
        for (String subject : subjects) {
            if (!registryAnswers(http, backwardRule(registryUrl + "/config/" + subject))) {
                throw new IOException("the registry at " + registryUrl + " did not take a compatibility rule for " + subject);
            }
        }
    }

    private static boolean registryAnswers(HttpClient http, HttpRequest.Builder request) {
        try {
            return http.send(request.timeout(Duration.ofSeconds(5)).build(), HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Creates topics of the given width. @throws IOException when the broker refuses */
    public void createTopics(int partitions, String... topics) throws IOException {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers))) {
            admin.createTopics(Stream.of(topics).map(topic -> new NewTopic(topic, Optional.of(partitions), Optional.empty())).toList()).all()
                    .get(START_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("could not create topics " + List.of(topics) + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while creating topics", e);
        }
    }

    /** Processor time that the broker has used; zero where the platform does not tell. */
    public Duration brokerTime() {
        return broker.processorTime();
    }

    /** {@code host:port} of the broker. */
    public String bootstrapServers() {
        return bootstrapServers;
    }

    /** Base of the Confluent API, path included. */
    public String registryUrl() {
        return registryUrl;
    }

    @Override
    public void close() {
        registry.close();
        broker.close();
    }
}
