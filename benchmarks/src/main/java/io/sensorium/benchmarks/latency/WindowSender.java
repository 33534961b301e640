// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks.latency;

import io.sensorium.events.AudioEvent;
import io.sensorium.events.Embedding;
import io.sensorium.events.ImageEvent;
import io.sensorium.events.TextEvent;
import io.sensorium.schemas.ConfluentSchemaRegistry;
import io.sensorium.schemas.WireFormatDecoder;
import io.sensorium.schemas.WireFormatEncoder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Sends windows: three ready embeddings of a new subject each, at a fixed rate. For one thread. */
final class WindowSender implements AutoCloseable {

    private static final Map<String, Embedding> EMBEDDINGS = Map.of(
            "image", embedding("image-inception-mixed5", 768),
            "text", embedding("text-bge-small-en", 384),
            "audio", embedding("audio-speech-embedding", 417));

    private final Place place;
    private final KafkaProducer<byte[], byte[]> producer;
    private final Map<String, EncodedEvent> events = new HashMap<>();
    private final AtomicReference<Exception> failure = new AtomicReference<>();

    WindowSender(Place place) throws IOException {
        this.place = place;
        ConfluentSchemaRegistry registry = new ConfluentSchemaRegistry(place.registryUrl(), Map.of());
        for (String modality : Place.MODALITIES) {
            var schema = event(modality, "", 0).getSchema();
            events.put(
                    modality,
                    new EncodedEvent(new WireFormatEncoder<SpecificRecord>(
                                    schema, registry.register(place.input(modality) + "-value", schema.toString()))
                            .encode(event(modality, "", 0))));
        }
        producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", place.bootstrapServers(), "linger.ms", "0", "batch.size", "262144"),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    /**
     * An event in the wire format, of which only id, subject and time change: they are its first fields, and what
     * follows is encoded once, so that the sender takes little from those that are measured.
     */
    private record EncodedEvent(byte[] header, byte[] rest) {

        /** @param blank the event with an empty id and subject, at 0 ms: a byte each */
        EncodedEvent(byte[] blank) {
            this(
                    Arrays.copyOf(blank, WireFormatDecoder.HEADER_BYTES),
                    Arrays.copyOfRange(blank, WireFormatDecoder.HEADER_BYTES + 3, blank.length));
        }

        byte[] of(String subject, long time) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream(header.length + rest.length + 40);
            try {
                bytes.write(header);
                BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(bytes, null);
                encoder.writeString(subject);
                encoder.writeString(subject);
                encoder.writeLong(time);
                encoder.flush();
                bytes.write(rest);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return bytes.toByteArray();
        }
    }

    private static Embedding embedding(String model, int dimension) {
        return new Embedding(
                model,
                IntStream.range(0, dimension)
                        .mapToObj(i -> (float) Math.sin(i) * 0.1f)
                        .toList());
    }

    private static SpecificRecord event(String modality, String subject, long time) {
        Embedding embedding = EMBEDDINGS.get(modality);
        Instant at = Instant.ofEpochMilli(time);
        return switch (modality) {
            case "image" -> new ImageEvent(subject, subject, at, "application/x-embedding", embedding, Map.of());
            case "text" -> new TextEvent(subject, subject, at, "application/x-embedding", embedding, Map.of());
            default -> new AudioEvent(subject, subject, at, "application/x-embedding", embedding, Map.of());
        };
    }

    /**
     * Sends windows.
     *
     * @param delays receives the time at which each window's last event is sent
     * @param first number of the first window
     * @throws IOException when the broker does not take one
     */
    void send(DelayWatcher delays, int first, int windows, double perSecond) throws IOException {
        long begin = System.nanoTime();
        for (int i = 0; i < windows; i++) {
            long due = begin + (long) (i * 1e9 / perSecond);
            for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
            send(delays, first + i);
        }
        producer.flush();
    }

    private void send(DelayWatcher delays, int window) throws IOException {
        String subject = DelayWatcher.subject(window);
        byte[] key = subject.getBytes(StandardCharsets.UTF_8);
        long now = System.currentTimeMillis();
        List<byte[]> values = Place.MODALITIES.stream()
                .map(modality -> events.get(modality).of(subject, now))
                .toList();
        delays.sent(window);
        for (int i = 0; i < values.size(); i++) {
            producer.send(
                    new ProducerRecord<>(place.input(Place.MODALITIES.get(i)), null, now, key, values.get(i)),
                    (metadata, exception) -> {
                        if (exception != null) {
                            failure.compareAndSet(null, exception);
                        }
                    });
        }
        if (failure.get() != null) {
            throw new IOException("an event could not be sent: " + failure.get().getMessage(), failure.get());
        }
    }

    @Override
    public void close() {
        producer.close(Duration.ofSeconds(10));
    }
}
