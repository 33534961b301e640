// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks.align;

import io.sensorium.events.Embedding;
import io.sensorium.events.TextEvent;
import io.sensorium.schemas.ConfluentSchemaRegistry;
import io.sensorium.schemas.WireFormatEncoder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Writes a {@link TripleStream} to a topic a modality, as the project's events. For one thread. */
final class StreamTopics implements AutoCloseable {

    static final int PARTITIONS = 2;
    static final List<String> MODALITIES = List.of("audio", "image", "text");
    static final String MODEL = "text-bge-small-en";

    /** How far after a stream's end its last events lie, so that every window closes. */
    static final long FAR_AHEAD_MS = TimeUnit.MINUTES.toMillis(5);

    private final KafkaProducer<byte[], byte[]> producer;
    private final WireFormatEncoder<TextEvent> encoder;
    private final String prefix;
    private final AtomicReference<Exception> failure = new AtomicReference<>();

    StreamTopics(String bootstrapServers, String registryUrl, String prefix) throws IOException {
        this.prefix = prefix;
        ConfluentSchemaRegistry registry = new ConfluentSchemaRegistry(registryUrl, Map.of());
        int id = 0;
        for (String modality : MODALITIES) {
            id = registry.register(
                    topic(prefix, modality) + "-value",
                    TextEvent.getClassSchema().toString());
        }
        encoder = new WireFormatEncoder<>(TextEvent.getClassSchema(), id);
        producer = new KafkaProducer<>(
                Map.of(
                        "bootstrap.servers",
                        bootstrapServers,
                        "linger.ms",
                        "5",
                        "batch.size",
                        "262144",
                        "buffer.memory",
                        "67108864"),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    static String topic(String prefix, String modality) {
        return prefix + "." + modality;
    }

    static List<String> topics(String prefix) {
        return MODALITIES.stream().map(modality -> topic(prefix, modality)).toList();
    }

    /**
     * Sends a stream.
     *
     * @param paced whether an event waits until the wall clock is where the stream's clock is
     */
    void send(TripleStream stream, boolean paced) throws Exception {
        stream.send(event -> {
            if (paced) {
                long wait = event.sentAt() - System.currentTimeMillis();
                if (wait > 0) {
                    TimeUnit.MILLISECONDS.sleep(wait);
                }
            }
            send(
                    event.modality(),
                    null,
                    event.triple() + "-" + event.modality(),
                    stream.subject(event.triple()),
                    event.time(),
                    TripleStream.vector(event.triple(), event.modality()));
        });
    }

    /** Ends a stream: an event far ahead in each partition, of a subject of its own, so that every window closes. */
    void close(TripleStream stream) throws Exception {
        long time = stream.windowEnd(stream.triples() - 1) + FAR_AHEAD_MS;
        for (int modality = 0; modality < MODALITIES.size(); modality++) {
            for (int partition = 0; partition < PARTITIONS; partition++) {
                send(
                        modality,
                        partition,
                        "end",
                        "end-" + modality + "-" + partition,
                        time,
                        TripleStream.vector(0, modality));
            }
        }
    }

    private void send(int modality, Integer partition, String id, String subject, long time, float[] vector)
            throws IOException {
        List<Float> boxed =
                IntStream.range(0, vector.length).mapToObj(i -> vector[i]).toList();
        byte[] value = encoder.encode(new TextEvent(
                id,
                subject,
                Instant.ofEpochMilli(time),
                "application/x-embedding",
                new Embedding(MODEL, boxed),
                Map.of()));
        producer.send(
                new ProducerRecord<>(
                        topic(prefix, MODALITIES.get(modality)),
                        partition,
                        subject.getBytes(StandardCharsets.UTF_8),
                        value),
                (metadata, exception) -> {
                    if (exception != null) {
                        failure.compareAndSet(null, exception);
                    }
                });
        if (failure.get() != null) {
            throw new IOException(
                    "the stream could not be written: " + failure.get().getMessage(), failure.get());
        }
    }

    void flush() {
        producer.flush();
    }

    @Override
    public void close() {
        producer.close();
    }
}
