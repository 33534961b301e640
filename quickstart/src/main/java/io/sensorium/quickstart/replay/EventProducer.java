// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.replay;

import io.sensorium.events.AudioEvent;
import io.sensorium.events.ImageEvent;
import io.sensorium.events.TextEvent;
import io.sensorium.pipeline.KafkaCluster;
import io.sensorium.schemas.SchemaRegistry;
import io.sensorium.schemas.WireFormatEncoder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Produces events in the Confluent wire format, registering their schemas. For one thread. */
public final class EventProducer implements AutoCloseable {

    private static final int MAX_REQUEST_BYTES = 17 << 20;

    private final KafkaProducer<byte[], byte[]> producer;
    private final Map<String, String> topics;
    private final WireFormatEncoder<ImageEvent> images;
    private final WireFormatEncoder<TextEvent> texts;
    private final WireFormatEncoder<AudioEvent> audios;
    private final AtomicReference<Exception> failure = new AtomicReference<>();

    /**
     * To brokers without a login.
     *
     * @param topics by modality: image, text and audio
     */
    public EventProducer(String bootstrapServers, SchemaRegistry registry, Map<String, String> topics)
            throws IOException {
        this(new KafkaCluster(bootstrapServers, Map.of(), false), registry, topics);
    }

    /** @param topics by modality: image, text and audio */
    public EventProducer(KafkaCluster kafka, SchemaRegistry registry, Map<String, String> topics) throws IOException {
        this.topics = topics;
        images = new WireFormatEncoder<>(
                ImageEvent.getClassSchema(),
                registry.register(
                        topics.get("image") + "-value",
                        ImageEvent.getClassSchema().toString()));
        texts = new WireFormatEncoder<>(
                TextEvent.getClassSchema(),
                registry.register(
                        topics.get("text") + "-value",
                        TextEvent.getClassSchema().toString()));
        audios = new WireFormatEncoder<>(
                AudioEvent.getClassSchema(),
                registry.register(
                        topics.get("audio") + "-value",
                        AudioEvent.getClassSchema().toString()));
        Properties properties = kafka.clientProperties();
        properties.put("max.request.size", Integer.toString(MAX_REQUEST_BYTES));
        properties.put("linger.ms", "5");
        producer = new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
    }

    /**
     * Sends an event that happened at the given time.
     *
     * @throws IOException when an earlier send failed
     */
    public void send(ReplayEvent event, Instant happened) throws IOException {
        byte[] value = event.corrupt()
                ? event.payload()
                : switch (event.modality()) {
                    case "image" ->
                        images.encode(new ImageEvent(
                                event.eventId(),
                                event.subject(),
                                happened,
                                event.contentType(),
                                ByteBuffer.wrap(event.payload()),
                                event.attributes()));
                    case "audio" ->
                        audios.encode(new AudioEvent(
                                event.eventId(),
                                event.subject(),
                                happened,
                                event.contentType(),
                                ByteBuffer.wrap(event.payload()),
                                event.attributes()));
                    case "text" ->
                        texts.encode(new TextEvent(
                                event.eventId(),
                                event.subject(),
                                happened,
                                event.contentType(),
                                event.text(),
                                event.attributes()));
                    default ->
                        throw new IOException("modality \"" + event.modality() + "\", expected image, text or audio");
                };
        sendRaw(event.modality(), event.subject(), value);
    }

    /**
     * Sends bytes as they are.
     *
     * @throws IOException when an earlier send failed
     */
    public void sendRaw(String modality, String key, byte[] value) throws IOException {
        producer.send(
                new ProducerRecord<>(
                        topics.get(modality), key == null ? null : key.getBytes(StandardCharsets.UTF_8), value),
                (metadata, exception) -> {
                    if (exception != null) {
                        failure.compareAndSet(null, exception);
                    }
                });
        if (failure.get() != null) {
            throw new IOException(
                    "sending to " + topics.get(modality) + " failed: "
                            + failure.get().getMessage(),
                    failure.get());
        }
    }

    /**
     * Waits until all is acknowledged.
     *
     * @throws IOException when a send failed
     */
    public void flush() throws IOException {
        producer.flush();
        if (failure.get() != null) {
            throw new IOException("sending failed: " + failure.get().getMessage(), failure.get());
        }
    }

    @Override
    public void close() {
        producer.close();
    }
}
