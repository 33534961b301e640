// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import io.sensorium.events.AudioEvent;
import io.sensorium.events.Embedding;
import io.sensorium.events.ImageEvent;
import io.sensorium.events.TextEvent;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.pipeline.ConfigurationException;
import io.sensorium.quickstart.runtime.RunningPipeline;
import io.sensorium.quickstart.stack.EmbeddedStack;
import io.sensorium.schemas.ConfluentSchemaRegistry;
import io.sensorium.schemas.RecordDecoder;
import io.sensorium.schemas.RegistryClient;
import io.sensorium.schemas.WireFormatEncoder;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A pipeline's own topics on the shared stack, with what a test writes to and reads from them. */
final class TestTopics implements AutoCloseable {

    private static final AtomicInteger NUMBER = new AtomicInteger();
    private static final Map<String, Integer> DIMENSIONS = Map.of("image", 768, "text", 384, "audio", 417);
    private static final Map<String, String> ENCODERS =
            Map.of("image", "image-inception-mixed5", "text", "text-bge-small-en", "audio", "audio-speech-embedding");

    final String prefix;
    private final Map<String, Object> client;
    final String bootstrapServers;
    final String registryUrl;
    private final RegistryClient registry;
    private final KafkaProducer<byte[], byte[]> producer;
    private final Queue<ProducerRecord<byte[], byte[]>> failed = new ConcurrentLinkedQueue<>();
    private final Map<String, WireFormatEncoder<SpecificRecord>> encoders = new HashMap<>();
    private final Map<String, TopicReader> readers = new ConcurrentHashMap<>();
    private Admin admin;

    /** On any broker and registry; the input topics are somebody else's to create. */
    TestTopics(String bootstrapServers, String registryUrl) {
        this(Map.of("bootstrap.servers", bootstrapServers), registryUrl);
    }

    /** Topics of one partition with a chosen prefix: state that was saved elsewhere refers to them by name. */
    static TestTopics named(EmbeddedStack stack, String prefix) throws IOException {
        TestTopics topics = new TestTopics(prefix, stack.broker().clientProperties(), stack.registryUrl());
        stack.broker().createTopics(1, topics.topic("image"), topics.topic("text"), topics.topic("audio"));
        return topics;
    }

    /**
     * On a broker that demands something of its clients.
     *
     * @param client its clients' properties, address included
     * @param registryUrl of a registry that demands nothing
     */
    TestTopics(Map<String, Object> client, String registryUrl) {
        this("t" + NUMBER.incrementAndGet() + "-", client, registryUrl);
    }

    /**
     * Topics that are somebody else's to create, with a prefix of choice.
     *
     * @param client its clients' properties, address included
     * @param registryUrl of a registry that demands nothing
     */
    TestTopics(String prefix, Map<String, Object> client, String registryUrl) {
        this(prefix, client, registryUrl, new ConfluentSchemaRegistry(registryUrl, Map.of()));
    }

    /** On the shared stack, one partition each, with a client of the registry of choice. */
    TestTopics(EmbeddedStack stack, RegistryClient registry) throws IOException {
        this("t" + NUMBER.incrementAndGet() + "-", stack.broker().clientProperties(), stack.registryUrl(), registry);
        stack.broker().createTopics(1, topic("image"), topic("text"), topic("audio"));
    }

    private TestTopics(String prefix, Map<String, Object> client, String registryUrl, RegistryClient registry) {
        this.prefix = prefix;
        this.client = client;
        this.bootstrapServers = (String) client.get("bootstrap.servers");
        this.registryUrl = registryUrl;
        this.registry = registry;
        producer = new KafkaProducer<>(
                with(Map.of("max.request.size", 17 << 20)), new ByteArraySerializer(), new ByteArraySerializer());
    }

    private Map<String, Object> with(Map<String, Object> further) {
        Map<String, Object> all = new HashMap<>(client);
        all.putAll(further);
        return all;
    }

    TestTopics(EmbeddedStack stack, int partitions) throws Exception {
        this(stack.bootstrapServers(), stack.registryUrl());
        stack.broker().createTopics(partitions, prefix + "media.image", prefix + "media.text", prefix + "media.audio");
    }

    String topic(String modality) {
        return prefix + "media." + modality;
    }

    /**
     * Further sections over these topics: rules, roll-ups and a dashboard.
     *
     * @param stateDir of the app
     * @param port of its server
     */
    String rollup(java.nio.file.Path stateDir, int port, int standbys) {
        return """
                moderation:
                  output: %1$sresults.moderation
                  rules:
                    always: {version: 2, when: sentiment.score >= -1 and window.complete, action: review, severity: low}
                    channel: {when: 'attributes.group == "g-image"', action: hide, severity: high, mode: shadow}
                rollup:
                  group_by: group
                  windows: {ten: {size: 10s}, hopping: {size: 20s, advance: 5s}}
                  grace: 10m
                  output: %1$sresults.rollup
                  state_dir: "%2$s"
                  http: "127.0.0.1:%3$d"
                  standby_replicas: %4$d
                """.formatted(prefix, stateDir, port, standbys);
    }

    /**
     * A pipeline over these topics.
     *
     * @param align the YAML of its align section
     */
    String yaml(String align, String runtime) {
        return """
                pipeline: %1$spipeline
                kafka: {bootstrap_servers: "%2$s"}
                registry: {url: "%3$s"}
                modalities:
                  image: {topic: %1$smedia.image, encoder: image-inception-mixed5, out_of_orderness: 1s, idle_timeout: 2s}
                  text:  {topic: %1$smedia.text, encoder: text-bge-small-en, out_of_orderness: 1s, idle_timeout: 2s}
                  audio: {topic: %1$smedia.audio, encoder: audio-speech-embedding, out_of_orderness: 1s, idle_timeout: 2s}
                align: {%4$s}
                operators:
                  sentiment: {type: sentiment, output: %1$sresults.sentiment}
                  match: {type: match, pairs: [[image, text], [audio, text]], output: %1$sresults.match}
                side_topics: {incomplete: %1$sresults.incomplete, late: %1$smedia.late, dead_letters: %1$smedia.dead-letters}
                emit: {attributes: [group]}
                runtime: {%5$s}
                """.formatted(prefix, bootstrapServers, registryUrl, align, runtime);
    }

    PipelineConfig config(String align, String runtime) throws ConfigurationException {
        return PipelineFile.parse("test.yaml", yaml(align, runtime));
    }

    /** An event that carries an embedding, made from a seed. */
    SpecificRecord embedded(String modality, String subject, String eventId, long time, long seed) {
        Random random = new Random(seed);
        List<Float> vector = new ArrayList<>();
        for (int i = 0; i < DIMENSIONS.get(modality); i++) {
            vector.add((float) random.nextGaussian() * 0.1f);
        }
        return event(modality, subject, eventId, time, new Embedding(ENCODERS.get(modality), vector));
    }

    SpecificRecord event(String modality, String subject, String eventId, long time, Object payload) {
        Instant at = Instant.ofEpochMilli(time);
        Object body = payload instanceof byte[] bytes ? ByteBuffer.wrap(bytes) : payload;
        Map<String, String> attributes = Map.of("group", "g-" + modality, "secret", "x");
        return switch (modality) {
            case "image" -> new ImageEvent(eventId, subject, at, "image/jpeg", body, attributes);
            case "text" -> new TextEvent(eventId, subject, at, "text/plain", body, attributes);
            default -> new AudioEvent(eventId, subject, at, "audio/wav", body, attributes);
        };
    }

    /** The same event of another group. */
    SpecificRecord withGroup(SpecificRecord event, String group) {
        event.put(event.getSchema().getField("attributes").pos(), Map.of("group", group));
        return event;
    }

    /** A picture or sound of the bundled stream. */
    static byte[] sample(String name) throws IOException {
        try (InputStream in = TestTopics.class.getResourceAsStream("/sample/" + name)) {
            return in.readAllBytes();
        }
    }

    byte[] encode(String modality, SpecificRecord event) {
        return encoders.computeIfAbsent(modality, m -> {
                    try {
                        return new WireFormatEncoder<>(
                                event.getSchema(),
                                registry.register(
                                        topic(m) + "-value", event.getSchema().toString()),
                                registry.idBytes());
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                })
                .encode(event);
    }

    void send(String modality, SpecificRecord event) {
        sendRaw(
                modality,
                (String) event.get(event.getSchema().getField("subject_id").pos()),
                encode(modality, event));
    }

    /** To a partition of choice. */
    void send(String modality, int partition, SpecificRecord event) {
        byte[] key =
                ((String) event.get(event.getSchema().getField("subject_id").pos())).getBytes(StandardCharsets.UTF_8);
        send(new ProducerRecord<>(topic(modality), partition, key, encode(modality, event)));
    }

    void send(String modality, SpecificRecord event, Map<String, byte[]> headers) {
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(
                topic(modality), "traced".getBytes(StandardCharsets.UTF_8), encode(modality, event));
        headers.forEach(record.headers()::add);
        send(record);
    }

    void sendRaw(String modality, String key, byte[] value) {
        send(new ProducerRecord<>(topic(modality), key == null ? null : key.getBytes(StandardCharsets.UTF_8), value));
    }

    /** With the record's own timestamp, in ms. */
    void sendAt(String modality, String key, long timestamp, byte[] value) {
        send(new ProducerRecord<>(topic(modality), null, timestamp, key.getBytes(StandardCharsets.UTF_8), value));
    }

    void sendRaw(String modality, String key, byte[] value, Map<String, byte[]> headers) {
        ProducerRecord<byte[], byte[]> record =
                new ProducerRecord<>(topic(modality), key.getBytes(StandardCharsets.UTF_8), value);
        headers.forEach(record.headers()::add);
        send(record);
    }

    private void send(ProducerRecord<byte[], byte[]> record) {
        producer.send(record, (metadata, failure) -> {
            if (failure != null) {
                failed.add(record);
            }
        });
    }

    /** Writes a record to an output topic, as somebody who tampers with results would. */
    void forge(String topic, String key, SpecificRecord record) throws IOException {
        byte[] value = new WireFormatEncoder<>(
                        record.getSchema(),
                        registry.register(
                                prefix + topic + "-value", record.getSchema().toString()))
                .encode(record);
        producer.send(new ProducerRecord<>(prefix + topic, key.getBytes(StandardCharsets.UTF_8), value));
        producer.flush();
    }

    /** Waits until all is written. What the producer gave up on is sent again: copies of an event are one event. */
    void flush() {
        producer.flush();
        for (int attempt = 0; attempt < 3 && !failed.isEmpty(); attempt++) {
            // What fails at once would be taken again and again.
            List<ProducerRecord<byte[], byte[]>> again = new ArrayList<>(failed);
            failed.removeAll(again);
            again.forEach(this::send);
            producer.flush();
        }
    }

    /** Everything committed to an output topic, from its beginning; nothing where there is no such topic yet. */
    <T extends SpecificRecord> List<T> read(String topic, T prototype) throws Exception {
        List<T> records = new ArrayList<>();
        RecordDecoder<T> decoder = RecordDecoder.of(prototype.getSchema(), registry);
        for (ConsumerRecord<byte[], byte[]> record : records(topic)) {
            records.add(decoder.decode(record.value()));
        }
        return records;
    }

    /** The headers of everything committed to an output topic, as text. */
    List<Map<String, String>> headers(String topic) throws Exception {
        List<Map<String, String>> all = new ArrayList<>();
        for (ConsumerRecord<byte[], byte[]> record : records(topic)) {
            Map<String, String> headers = new HashMap<>();
            record.headers()
                    .forEach(header -> headers.put(header.key(), new String(header.value(), StandardCharsets.UTF_8)));
            all.add(headers);
        }
        return all;
    }

    /** Everything committed to an output topic, with keys and coordinates. */
    List<ConsumerRecord<byte[], byte[]>> records(String topic) {
        return readers.computeIfAbsent(
                        topic,
                        t -> new TopicReader(
                                prefix + t,
                                with(Map.of(
                                        "isolation.level",
                                        "read_committed",
                                        "auto.offset.reset",
                                        "earliest",
                                        "max.partition.fetch.bytes",
                                        32 << 20))))
                .records();
    }

    /** How many records were ever written to an output topic, committed or not; 0 where there is no such topic yet. */
    long written(String topic) throws Exception {
        if (!admin().listTopics().names().get().contains(prefix + topic)) {
            return 0;
        }
        return ends(List.of(prefix + topic)).values().stream()
                .mapToLong(Long::longValue)
                .sum();
    }

    /** The offsets that a group has committed in the input topics, by partition. */
    Map<String, Long> committed(String group) throws Exception {
        Map<String, Long> offsets = new TreeMap<>();
        admin().listConsumerGroupOffsets(group)
                .partitionsToOffsetAndMetadata()
                .get()
                .forEach((partition, offset) -> offsets.put(partition.toString(), offset.offset()));
        return offsets;
    }

    /** The input topics' ends, by partition. */
    Map<String, Long> inputEnds() throws Exception {
        return ends(ENCODERS.keySet().stream().map(this::topic).toList());
    }

    private Map<String, Long> ends(List<String> topics) throws Exception {
        Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
        admin().describeTopics(topics)
                .allTopicNames()
                .get()
                .forEach((topic, description) -> description
                        .partitions()
                        .forEach(partition ->
                                ends.put(new TopicPartition(topic, partition.partition()), OffsetSpec.latest())));
        Map<String, Long> offsets = new TreeMap<>();
        admin().listOffsets(ends)
                .all()
                .get()
                .forEach((partition, end) -> offsets.put(partition.toString(), end.offset()));
        return offsets;
    }

    private synchronized Admin admin() {
        if (admin == null) {
            admin = Admin.create(client);
        }
        return admin;
    }

    /** Runs a pipeline over what the topics hold now and waits for its end. */
    void runBounded(PipelineConfig config) throws Exception {
        try (RunningPipeline pipeline =
                RunningPipeline.start("test.yaml", config, new RunningPipeline.Mode(true, false), System.err)) {
            Throwable failure = pipeline.awaitEnd();
            if (failure != null) {
                throw new AssertionError("the job failed", failure);
            }
        }
    }

    @Override
    public void close() {
        producer.close();
        readers.values().forEach(TopicReader::close);
        if (admin != null) {
            admin.close();
        }
    }
}
