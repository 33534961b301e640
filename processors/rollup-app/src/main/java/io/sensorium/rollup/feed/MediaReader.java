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
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads single events by their coordinates, of the pipeline's input topics alone. Safe for several threads, which take turns. */
public final class MediaReader implements AutoCloseable {

    private static final Duration WAIT = Duration.ofSeconds(3);
    private static final long CACHED_BYTES = 32L << 20;

    /** What an event holds, as the dashboard shows it. */
    public sealed interface Shown {

        /** A text. */
        record Text(String text) implements Shown {}

        /** A picture or a sound. @param type by its first bytes, whatever the event claims */
        record Media(String type, byte[] bytes) implements Shown {}

        /** Nothing to show. @param why for the page */
        record Nothing(String why) implements Shown {}
    }

    private record Origin(String topic, int partition, long offset) {}

    private final PipelineTopics topics;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final SchemaRegistry registry;
    private final WireFormatDecoder<InputEvent> texts;
    private final WireFormatDecoder<InputEvent> media;
    private final LinkedHashMap<Origin, Shown> cache = new LinkedHashMap<>(16, 0.75f, true);
    private long cachedBytes;

    public MediaReader(PipelineTopics topics, SchemaRegistry registry) {
        this.topics = topics;
        Properties properties = topics.kafka().clientProperties();
        properties.put("isolation.level", "read_committed");
        properties.put("max.poll.records", "1");
        properties.put("max.partition.fetch.bytes", Integer.toString(1 << 20));
        properties.put("auto.offset.reset", "none");
        properties.put("client.id", "sensorium-" + topics.pipeline() + "-media");
        consumer = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        this.registry = registry;
        texts = WireFormatDecoder.ofEvents(TextEvent.getClassSchema(), registry);
        media = WireFormatDecoder.ofEvents(ImageEvent.getClassSchema(), registry);
    }

    /**
     * Reads one event.
     *
     * @param modality of the pipeline
     * @return what it holds; empty of media where it is gone, too large or of no known kind
     * @throws IOException when the registry cannot be reached
     */
    public synchronized Shown read(String modality, int partition, long offset) throws IOException {
        String topic = topics.modalities().get(modality);
        if (topic == null) {
            return new Shown.Nothing("no such modality");
        }
        Origin origin = new Origin(topic, partition, offset);
        Shown cached = cache.get(origin);
        if (cached != null) {
            return cached;
        }
        byte[] value = record(origin);
        Shown shown = value == null ? new Shown.Nothing("gone from the topic") : shown(value);
        cachedBytes += size(shown);
        cache.put(origin, shown);
        while (cachedBytes > CACHED_BYTES) {
            var oldest = cache.entrySet().iterator();
            cachedBytes -= size(oldest.next().getValue());
            oldest.remove();
        }
        return shown;
    }

    private static long size(Shown shown) {
        return 200 + (shown instanceof Shown.Media media ? media.bytes().length : shown instanceof Shown.Text text ? 2L * text.text().length() : 0);
    }

    /** Null where the topic does not have it. */
    private byte[] record(Origin origin) {
        TopicPartition partition = new TopicPartition(origin.topic(), origin.partition());
        if (consumer.partitionsFor(origin.topic()).stream().noneMatch(info -> info.partition() == origin.partition())) {
            return null;
        }
        consumer.assign(List.of(partition));
        if (origin.offset() < consumer.beginningOffsets(List.of(partition)).get(partition) || origin.offset() >= consumer.endOffsets(List.of(partition)).get(partition)) {
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

    /** The writer's schema says whether a payload of bytes is a text: Avro would read either as the other. */
    private WireFormatDecoder<InputEvent> decoderOf(byte[] value) throws IOException {
        if (value.length < WireFormatDecoder.HEADER_BYTES) {
            return media;
        }
        return registry.schemaOf(ByteBuffer.wrap(value, 1, 4).getInt()).contains("\"TextEvent\"") ? texts : media;
    }

    private Shown shown(byte[] value) throws IOException {
        Payload payload = null;
        try {
            payload = decoderOf(value).decode(value).payload();
        } catch (WireFormatException | SchemaRegistry.UnknownSchemaException e) {
            // What is no event has nothing to show.
        }
        if (payload instanceof Payload.Text text) {
            return new Shown.Text(text.text().length() > 2000 ? text.text().substring(0, 2000) : text.text());
        }
        if (payload instanceof Payload.Media found) {
            String type = MediaType.of(found.bytes());
            return type == null ? new Shown.Nothing("of no kind that is shown") : found.bytes().length > topics.rollup().mediaMaxBytes()
                    ? new Shown.Nothing("has " + found.bytes().length + " bytes, more than rollup.media_max_bytes") : new Shown.Media(type, found.bytes());
        }
        return new Shown.Nothing(payload instanceof Payload.Reference ? "a reference, which is not followed here" : payload instanceof Payload.Embedded embedded
                ? "an embedding by " + embedded.model() : "no event");
    }

    @Override
    public synchronized void close() {
        consumer.close();
    }
}
