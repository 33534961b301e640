// SPDX-License-Identifier: Apache-2.0
package io.sensorium.rollup;

import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.kafka.KafkaStreamsMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.sensorium.pipeline.HttpToken;
import io.sensorium.pipeline.OwnerOnly;
import io.sensorium.pipeline.PipelineTopics;
import io.sensorium.pipeline.RollupSection;
import io.sensorium.results.Rollup;
import io.sensorium.rollup.aggregate.RollupMetrics;
import io.sensorium.rollup.aggregate.RollupQueries;
import io.sensorium.rollup.aggregate.RollupTopology;
import io.sensorium.rollup.feed.LiveFeed;
import io.sensorium.rollup.feed.MediaReader;
import io.sensorium.rollup.feed.TopicMonitor;
import io.sensorium.rollup.http.RollupServer;
import io.sensorium.schemas.JsonRecordEncoder;
import io.sensorium.schemas.JsonSchemas;
import io.sensorium.schemas.RecordEncoder;
import io.sensorium.schemas.RegistryClient;
import io.sensorium.schemas.SchemaRegistry;
import io.sensorium.schemas.WireFormatEncoder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.Properties;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.avro.Schema;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.state.HostInfo;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The app as a whole: topology, feed and server, started together and stopped together. */
public final class RollupApp implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(RollupApp.class);
    private static final Duration STOP = Duration.ofSeconds(20);

    /** Without results for so long, a partition holds no roll-up back. */
    private static final Duration IDLE = Duration.ofSeconds(30);

    private final KafkaStreams streams;
    private final KafkaStreamsMetrics streamsMetrics;
    private final TopicMonitor watch;
    private final LiveFeed feed;
    private final MediaReader media;
    private final RollupServer server;
    private final String host;

    /**
     * Starts everything.
     *
     * @param fresh whether to forget this instance's state first; the topics' own positions stay
     * @throws IOException when Kafka, the registry or the address cannot be used, with how to fix it
     */
    public RollupApp(PipelineTopics topics, boolean fresh) throws IOException {
        RollupSection section = topics.rollup();
        host = section.http().substring(0, section.http().lastIndexOf(':'));
        int port = Integer.parseInt(section.http().substring(section.http().lastIndexOf(':') + 1));
        // Other instances get the port with the group's membership, so it is chosen before.
        int bound = port == 0 ? freePort(host) : port;
        String advertised = section.advertised().isEmpty() ? reachable(host) + ":" + bound : section.advertised();
        SchemaRegistry registry = RegistryClient.of(
                topics.registry().type(),
                topics.registry().url(),
                topics.registry().properties());
        Supplier<RecordEncoder<Rollup>> encoders = encoders(topics, registry);
        int partitions = OutputTopic.prepare(topics);
        PrometheusMeterRegistry metrics = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        new JvmMemoryMetrics().bindTo(metrics);
        Path state = Path.of(section.stateDir());
        OwnerOnly.createDirectories(state);
        Set<PosixFilePermission> permissions = OwnerOnly.permissions(state);
        streams = new KafkaStreams(
                RollupTopology.build(
                        topics,
                        new RollupTopology.Surroundings(
                                registry, encoders, partitions, IDLE, new RollupMetrics(metrics))),
                properties(topics, advertised));
        // Kafka Streams lets the group in.
        OwnerOnly.restore(state, permissions);
        streams.setUncaughtExceptionHandler(RollupApp::afterFailure);
        streamsMetrics = new KafkaStreamsMetrics(streams);
        streamsMetrics.bindTo(metrics);
        if (fresh) {
            streams.cleanUp();
        }
        HostInfo self = HostInfo.buildFromEndpoint(advertised);
        String token = HttpToken.of(System.getenv());
        watch = new TopicMonitor(topics, token);
        feed = new LiveFeed(topics, registry, watch);
        media = new MediaReader(topics, registry);
        server = new RollupServer(
                new RollupServer.Parts(
                        topics, streams::state, new RollupQueries(topics, streams, self), feed, media, metrics),
                host,
                bound,
                token);
        streams.start();
    }

    /** Makes encoders of roll-ups, after their schema was registered where the format has one. */
    private static Supplier<RecordEncoder<Rollup>> encoders(PipelineTopics topics, SchemaRegistry registry)
            throws IOException {
        Schema schema = Rollup.getClassSchema();
        String subject = topics.rollup().output() + "-value";
        return switch (topics.format()) {
            case AVRO -> {
                int id = registry.register(subject, schema.toString());
                yield () -> new WireFormatEncoder<>(schema, id, registry.idBytes());
            }
            case JSON -> () -> JsonRecordEncoder.plain(schema);
            case JSON_SCHEMA -> {
                int id = registry.registerJson(subject, JsonSchemas.of(schema).toString());
                yield () -> JsonRecordEncoder.wireFormat(schema, id, registry.idBytes());
            }
        };
    }

    /**
     * Where other instances reach this one: the bound host or, if it is bound to every address,
     * {@code SENSORIUM_ADVERTISED_HOST} or the machine's own address.
     */
    private static String reachable(String host) throws IOException {
        if (!InetAddress.getByName(host).isAnyLocalAddress()) {
            return host;
        }
        String configured = System.getenv("SENSORIUM_ADVERTISED_HOST");
        return configured == null ? InetAddress.getLocalHost().getHostAddress() : configured;
    }

    private static int freePort(String host) throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(host))) {
            return socket.getLocalPort();
        }
    }

    private static Properties properties(PipelineTopics topics, String advertised) {
        Properties properties = topics.kafka().clientProperties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "sensorium-" + topics.pipeline() + "-rollup");
        properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        properties.put(StreamsConfig.STATE_DIR_CONFIG, topics.rollup().stateDir());
        properties.put(
                StreamsConfig.NUM_STANDBY_REPLICAS_CONFIG, topics.rollup().standbyReplicas());
        properties.put(StreamsConfig.APPLICATION_SERVER_CONFIG, advertised);
        properties.putIfAbsent(StreamsConfig.consumerPrefix("auto.offset.reset"), "earliest");
        properties.putIfAbsent(StreamsConfig.consumerPrefix("session.timeout.ms"), "10000");
        properties.putIfAbsent(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 2);
        return properties;
    }

    /** Transient failures are retried from the last commit; those that need an administrator are not. */
    private static StreamThreadExceptionResponse afterFailure(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof AuthorizationException
                    || cause instanceof AuthenticationException
                    || cause instanceof IllegalStateException) {
                LOG.error("the roll-ups stop: {}", failure.toString(), failure);
                return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
            }
        }
        LOG.warn("the roll-ups continue from their last commit after {}", failure.toString());
        return StreamThreadExceptionResponse.REPLACE_THREAD;
    }

    /** Where the dashboard is. */
    public String url() {
        return "http://" + (host.equals("0.0.0.0") ? "127.0.0.1" : host) + ":" + server.port() + "/";
    }

    @Override
    public void close() {
        server.close();
        feed.close();
        watch.close();
        media.close();
        streams.close(STOP);
        streamsMetrics.close();
    }
}
