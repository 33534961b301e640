// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.stack;

import io.sensorium.topics.TopicCreation;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.errors.BrokerIdNotRegisteredException;

/** A Kafka broker (KRaft, one node) as a child process, on loopback and a port that it keeps. For one thread. */
public final class EmbeddedBroker implements AutoCloseable {

    private static final Duration START_TIMEOUT = Duration.ofSeconds(90);
    private static final int NODE_ID = 1;
    private static final String CLUSTER_ID = "c2Vuc29yaXVtLWRlbW8tMQ";

    private final Path libraries;
    private final Path folder;
    private final int port;
    private final Security security;
    private ChildProcess process;

    /**
     * What a broker demands of its clients.
     *
     * @param protocol of the listener {@code CLIENTS}: SSL, SASL_SSL or SASL_PLAINTEXT. The broker itself comes by
     *     another and is {@code User:ANONYMOUS}.
     * @param server the broker's properties
     * @param scram credentials, each as {@code kafka-storage format --add-scram} takes it
     * @param client properties of a client that may connect and create topics
     * @param options of the broker's JVM
     */
    public record Security(
            String protocol,
            Map<String, String> server,
            List<String> scram,
            Map<String, String> client,
            List<String> options) {}

    private EmbeddedBroker(Path libraries, Path folder, int port, Security security) {
        this.libraries = libraries;
        this.folder = folder;
        this.port = port;
        this.security = security;
    }

    /**
     * Starts the process; {@link #await()} waits until it answers.
     *
     * @param libraries the folder of its class path, as the stack module lays it out
     * @param folder for data and logs; with data of an earlier start, topics are there again
     * @param security null for a broker without authentication
     * @throws IOException when it cannot be started
     */
    public static EmbeddedBroker start(Path libraries, Path folder, Security security) throws IOException {
        Files.createDirectories(folder);
        EmbeddedBroker broker =
                new EmbeddedBroker(libraries, folder, ChildProcess.keptPort(folder.resolve("kafka-port")), security);
        broker.launch();
        return broker;
    }

    private void launch() throws IOException {
        Path data = folder.resolve("kafka-data").toAbsolutePath();
        String controller = "127.0.0.1:" + ChildProcess.freePort();
        Map<String, String> node = Map.of(
                "node.id",
                Integer.toString(NODE_ID),
                "controller.quorum.voters",
                NODE_ID + "@" + controller,
                "controller.listener.names",
                "CONTROLLER",
                "log.dirs",
                data.toString());
        Properties properties = new Properties();
        properties.putAll(node);
        properties.putAll(Map.ofEntries(
                Map.entry("process.roles", "broker,controller"),
                Map.entry("listeners", "PLAINTEXT://127.0.0.1:" + port + ",CONTROLLER://" + controller),
                Map.entry("offsets.topic.replication.factor", "1"),
                Map.entry("offsets.topic.num.partitions", "4"),
                Map.entry("transaction.state.log.replication.factor", "1"),
                Map.entry("transaction.state.log.min.isr", "1"),
                Map.entry("transaction.state.log.num.partitions", "4"),
                Map.entry("share.coordinator.state.topic.replication.factor", "1"),
                Map.entry("share.coordinator.state.topic.min.isr", "1"),
                Map.entry("group.initial.rebalance.delay.ms", "0"),
                Map.entry("auto.create.topics.enable", "false"),
                Map.entry("message.max.bytes", Integer.toString(EmbeddedStack.MAX_MESSAGE_BYTES)),
                Map.entry("log.segment.bytes", "134217728")));
        if (security != null) {
            // The broker talks to itself, for transactions, on a listener of its own.
            properties.putAll(Map.of(
                    "listeners",
                    "CLIENTS://127.0.0.1:" + port + ",INTERNAL://127.0.0.1:" + ChildProcess.freePort()
                            + ",CONTROLLER://" + controller,
                    "listener.security.protocol.map",
                    "CLIENTS:" + security.protocol() + ",INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT",
                    "inter.broker.listener.name",
                    "INTERNAL"));
            properties.putAll(security.server());
        }
        Path file = write("broker.properties", properties);
        Path log4j = folder.resolve("broker-log4j2.properties");
        Files.writeString(
                log4j,
                "rootLogger.level=warn\nrootLogger.appenderRef.c.ref=C\nappender.c.type=Console\nappender.c.name=C\n"
                        + "appender.c.layout.type=PatternLayout\nappender.c.layout.pattern=%d %p %c - %m%n\n");
        List<String> jvm = new ArrayList<>(List.of(
                "-Xmx512m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Dlog4j2.configurationFile=" + log4j.toAbsolutePath()));
        if (security != null) {
            jvm.addAll(security.options());
        }
        String classPath = libraries.toAbsolutePath() + "/*";
        List<String> main = new ArrayList<>();
        if (!Files.exists(data.resolve("meta.properties"))) {
            main.addAll(List.of(
                    FormattedBroker.class.getName(),
                    file.toString(),
                    "format",
                    "-t",
                    CLUSTER_ID,
                    "-c",
                    file.toString()));
            if (security != null) {
                security.scram().forEach(credential -> main.addAll(List.of("--add-scram", credential)));
            }
        } else {
            if (!Files.exists(data.resolve(".kafka_cleanshutdown"))) {
                forgetKilled(node, controller, jvm, classPath);
            }
            main.addAll(List.of("kafka.Kafka", file.toString()));
        }
        process = ChildProcess.javaFromArchive("broker", "broker", folder, jvm, classPath, main);
    }

    /**
     * Starts the controller alone so that it unregisters the killed broker. Otherwise the broker comes back as the
     * leader, loses leadership when it registers, and Kafka (4.3.1), which takes partitions without a leader for
     * deleted ones, closes transactions that were being committed without notifying them: readers of committed records
     * then wait for ever.
     */
    private void forgetKilled(Map<String, String> node, String controller, List<String> jvm, String classPath)
            throws IOException {
        Properties properties = new Properties();
        properties.putAll(node);
        properties.putAll(Map.of("process.roles", "controller", "listeners", "CONTROLLER://" + controller));
        Path file = write("broker-controller.properties", properties);
        try (ChildProcess alone = ChildProcess.javaFromArchive(
                        "broker",
                        "broker-controller",
                        folder,
                        jvm,
                        classPath,
                        List.of("kafka.Kafka", file.toString()));
                Admin admin = Admin.create(Map.of(
                        "bootstrap.controllers",
                        controller,
                        "default.api.timeout.ms",
                        "3000",
                        "request.timeout.ms",
                        "2000"))) {
            alone.await(() -> isForgotten(admin), START_TIMEOUT);
        }
    }

    private static boolean isForgotten(Admin admin) {
        try {
            admin.unregisterBroker(NODE_ID).all().get(3, TimeUnit.SECONDS);
            return true;
        } catch (ExecutionException e) {
            return e.getCause() instanceof BrokerIdNotRegisteredException;
        } catch (TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private Path write(String name, Properties properties) throws IOException {
        Path file = folder.resolve(name).toAbsolutePath();
        try (var out = Files.newBufferedWriter(file)) {
            properties.store(out, "embedded broker");
        }
        return file;
    }

    /**
     * Waits until it answers.
     *
     * @throws IOException when it does not, with the end of its log
     */
    public void await() throws IOException {
        process.await(this::answers, START_TIMEOUT);
    }

    private boolean answers() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress("127.0.0.1", port), 200);
        } catch (IOException e) {
            return false;
        }
        Map<String, Object> properties = clientProperties();
        properties.putAll(Map.of("request.timeout.ms", "2000", "default.api.timeout.ms", "3000"));
        try (Admin admin = Admin.create(properties)) {
            return !admin.describeCluster().nodes().get(3, TimeUnit.SECONDS).isEmpty();
        } catch (ExecutionException | TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Kills it, as with {@code kill -9}. */
    public void kill() {
        process.kill();
    }

    /**
     * Starts it again on its port and data, and waits until it answers.
     *
     * @throws IOException when it does not
     */
    public void restart() throws IOException {
        process.close();
        launch();
        await();
    }

    /**
     * Creates topics of the given width, which take records then.
     *
     * @throws IOException when the broker rejects the request
     */
    public void createTopics(int partitions, String... topics) throws IOException {
        try (Admin admin = Admin.create(clientProperties())) {
            TopicCreation.createMissing(
                    admin,
                    Stream.of(topics)
                            .map(topic -> new NewTopic(topic, Optional.of(partitions), Optional.empty()))
                            .toList(),
                    START_TIMEOUT);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("could not create topics " + List.of(topics) + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while creating topics", e);
        }
    }

    /** Properties of a client that the broker accepts; the map is a copy. */
    public Map<String, Object> clientProperties() {
        Map<String, Object> properties = new HashMap<>(Map.of("bootstrap.servers", bootstrapServers()));
        if (security != null) {
            properties.putAll(security.client());
        }
        return properties;
    }

    /** {@code host:port}. */
    public String bootstrapServers() {
        return "127.0.0.1:" + port;
    }

    /** Processor time that it has used; zero where the platform does not report it. */
    Duration processorTime() {
        return process.processorTime();
    }

    @Override
    public void close() {
        process.close();
    }
}
