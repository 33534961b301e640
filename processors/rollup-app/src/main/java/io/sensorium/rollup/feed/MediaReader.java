// SPDX-License-Identifier: Apache-2.0
package io.sensorium.rollup.feed;

import io.sensorium.events.ImageEvent;
import io.sensorium.events.TextEvent;
import io.sensorium.pipeline.PipelineTopics;
import io.sensorium.schemas.InputEvent;
import io.sensorium.schemas.InputEvent.Payload;
import io.sensorium.schemas.SchemaRegistry;
import io.sensorium.schemas.WireFormatDecoder;
import io.sensorium.schemas.WireFormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads single events by their coordinates, from the pipeline's input topics only. Safe for several threads; at most
 * {@link #CONSUMERS} read at the same time.
 */
public final class MediaReader implements AutoCloseable {

    private static final Duration WAIT = Duration.ofSeconds(3);
    private static final long CACHED_BYTES = 32L << 20;

    /** One slow partition must not make every other request wait. */
    private static final int CONSUMERS = 4;

    /** What an event holds, as the dashboard shows it. */
    public sealed interface Shown {

        /** A text. */
        record Text(String text) implements Shown {}

        /**
         * An image or audio.
         *
         * @param type detected from its first bytes, not taken from the event
         */
        record Media(String type, byte[] bytes) implements Shown {}

        /**
         * An event without media to show, such as an embedding.
         *
         * @param what it holds, for the page
         */
        record Note(String what) implements Shown {}

        /**
         * No event.
         *
         * @param why for the page
         */
        record Nothing(String why) implements Shown {}
    }

    private record Origin(String topic, int partition, long offset) {}

    private final PipelineTopics topics;
    private final BlockingQueue<Reader> idle = new ArrayBlockingQueue<>(CONSUMERS);
    private final SchemaRegistry registry;
    private final LinkedHashMap<Origin, Shown> cache = new LinkedHashMap<>(16, 0.75f, true);
    private long cachedBytes;

    public MediaReader(PipelineTopics topics, SchemaRegistry registry) {
        this.topics = topics;
        this.registry = registry;
        for (int i = 0; i < CONSUMERS; i++) {
            idle.add(new Reader(topics, registry));
        }
    }

    /** A consumer and decoders, for one thread at a time. */
    private static final class Reader implements AutoCloseable {

        private final Properties properties;
        private final WireFormatDecoder<InputEvent> texts;
        private final WireFormatDecoder<InputEvent> media;

        /** Made on first use. */
        private KafkaConsumer<byte[], byte[]> consumer;

        Reader(PipelineTopics topics, SchemaRegistry registry) {
            properties = topics.kafka().clientProperties();
            properties.put("isolation.level", "read_committed");
            properties.put("max.poll.records", "1");
            properties.put("max.partition.fetch.bytes", Integer.toString(1 << 20));
            properties.put("auto.offset.reset", "none");
            properties.put("client.id", "sensorium-" + topics.pipeline() + "-media-" + System.identityHashCode(this));
            texts = WireFormatDecoder.ofEvents(TextEvent.getClassSchema(), registry);
            media = WireFormatDecoder.ofEvents(ImageEvent.getClassSchema(), registry);
        }

        KafkaConsumer<byte[], byte[]> consumer() {
            if (consumer == null) {
                consumer = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
            }
            return consumer;
        }

        @Override
        public void close() {
            if (consumer != null) {
                consumer.close();
            }
        }
    }

    /**
     * Reads one event.
     *
     * @param modality of the pipeline
     * @return its content; without media where it is gone, too large or of an unknown kind
     * @throws IOException when the registry cannot be reached
     */
    public Shown read(String modality, int partition, long offset) throws IOException {
        String topic = topics.modalities().get(modality);
        if (topic == null) {
            return new Shown.Nothing("no such modality");
        }
        Origin origin = new Origin(topic, partition, offset);
        Shown cached = cached(origin);
        if (cached != null) {
            return cached;
        }
        Shown shown;
        Reader reader = borrow();
        try {
            byte[] value = record(reader.consumer(), origin);
            shown = value == null ? new Shown.Nothing("not on the topic (any more)") : shown(reader, value);
        } finally {
            idle.add(reader);
        }
        if (!(shown instanceof Shown.Nothing)) {
            keep(origin, shown);
        }
        return shown;
    }

    private Reader borrow() throws IOException {
        try {
            return idle.take();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for a consumer", e);
        }
    }

    private synchronized Shown cached(Origin origin) {
        return cache.get(origin);
    }

    private synchronized void keep(Origin origin, Shown shown) {
        Shown before = cache.put(origin, shown);
        cachedBytes += size(shown) - (before == null ? 0 : size(before));
        while (cachedBytes > CACHED_BYTES) {
            var oldest = cache.entrySet().iterator();
            cachedBytes -= size(oldest.next().getValue());
            oldest.remove();
        }
    }

    private static long size(Shown shown) {
        return 200
                + (shown instanceof Shown.Media media
                        ? media.bytes().length
                        : shown instanceof Shown.Text text ? 2L * text.text().length() : 0);
    }

    /** Null where the topic does not have it. */
    private static byte[] record(KafkaConsumer<byte[], byte[]> consumer, Origin origin) {
        TopicPartition partition = new TopicPartition(origin.topic(), origin.partition());
        if (consumer.partitionsFor(origin.topic()).stream().noneMatch(info -> info.partition() == origin.partition())) {
            return null;
        }
        consumer.assign(List.of(partition));
        if (origin.offset() < consumer.beginningOffsets(List.of(partition)).get(partition)
                || origin.offset() >= consumer.endOffsets(List.of(partition)).get(partition)) {
            return null;
        }
        consumer.seek(partition, origin.offset());
        long deadline = System.nanoTime() + WAIT.toNanos();
        try {
            while (System.nanoTime() < deadline) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
                    return record.offset() == origin.offset() ? record.value() : null;
                }
            }
        } catch (OffsetOutOfRangeException e) {
            return null;
        }
        return null;
    }

    /** The writer's schema determines whether a payload of bytes is a text: Avro would read either as the other. */
    private WireFormatDecoder<InputEvent> decoderOf(Reader reader, byte[] value) throws IOException {
        int idBytes = registry.idBytes();
        if (value.length < 1 + idBytes) {
            return reader.media;
        }
        int last = 1 + idBytes - Integer.BYTES;
        return registry.schemaOf(ByteBuffer.wrap(value, last, Integer.BYTES).getInt())
                        .contains("\"TextEvent\"")
                ? reader.texts
                : reader.media;
    }

    private Shown shown(Reader reader, byte[] value) throws IOException {
        Payload payload = null;
        try {
            payload = decoderOf(reader, value).decode(value).payload();
        } catch (WireFormatException | SchemaRegistry.UnknownSchemaException e) {
            // A record that is not an event has nothing to show.
        }
        if (payload instanceof Payload.Text text) {
            return new Shown.Text(text.text().length() > 2000 ? text.text().substring(0, 2000) : text.text());
        }
        if (payload instanceof Payload.Media found) {
            byte[] media = found.bytes();
            String type = MediaType.of(media);
            return type == null
                    ? new Shown.Note("of a format that browsers do not show")
                    : media.length > topics.rollup().mediaMaxBytes()
                            ? new Shown.Note("has " + media.length + " bytes, more than rollup.media_max_bytes")
                            : new Shown.Media(type, media);
        }
        return payload instanceof Payload.Reference
                ? new Shown.Note("a reference, which is not followed here")
                : payload instanceof Payload.Embedded embedded
                        ? new Shown.Note("an embedding of " + embedded.model())
                        : new Shown.Nothing("not an event");
    }

    @Override
    public void close() {
        idle.forEach(Reader::close);
    }
}
