// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks.align;

import io.sensorium.benchmarks.load.StreamsProcess;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.JoinWindows;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.StreamJoined;

/**
 * Kafka Streams' windowed joins, as a process: RocksDB, {@code exactly_once_v2}, two threads. Runs until it is stopped.
 */
public final class KafkaStreamsContender {

    private static final Duration GRACE = Duration.ofMinutes(1);

    /** File in the contender's folder: bytes in its stores, in memory and in files. */
    static final String STATE_BYTES = "state-bytes";

    private static final Set<String> STORE_SIZES = Set.of("cur-size-all-mem-tables", "total-sst-files-size");

    private KafkaStreamsContender() {}

    /**
     * Arguments as of {@link ContenderSpec#arguments}.
     *
     * @throws Exception when the note cannot be written
     */
    public static void main(String[] args) throws Exception {
        ContenderSpec where = ContenderSpec.of(args);
        Properties properties = new Properties();
        properties.put("application.id", "sensorium-" + where.group());
        properties.put("bootstrap.servers", where.bootstrapServers());
        properties.put("processing.guarantee", "exactly_once_v2");
        properties.put("num.stream.threads", "2");
        properties.put("commit.interval.ms", "5000");
        properties.put("state.dir", where.folder().resolve("checkpoints").toString());
        properties.put("replication.factor", "1");
        properties.put("consumer.auto.offset.reset", "earliest");
        properties.put("producer.transaction.timeout.ms", "60000");
        // Flink's sources do not wait for each other either, but a join that runs ahead of its other side would drop
        // events.
        properties.put("max.task.idle.ms", "1000");
        StreamsBuilder builder = new StreamsBuilder();
        List<KStream<String, EmbeddedEvent>> streams = new ArrayList<>();
        for (int modality = 0; modality < TripleStream.MODALITIES; modality++) {
            int which = modality;
            ThreadLocal<EmbeddedEvent.Reader> reader =
                    ThreadLocal.withInitial(() -> new EmbeddedEvent.Reader(where.registryUrl(), which));
            Serde<EmbeddedEvent> source = Serdes.serdeFrom(
                    (topic, event) -> write(event),
                    (topic, bytes) -> reader.get().read(bytes));
            streams.add(builder.stream(
                    StreamTopics.topic(where.topics(), StreamTopics.MODALITIES.get(modality)),
                    Consumed.with(Serdes.String(), source)
                            .withTimestampExtractor((record, time) -> ((EmbeddedEvent) record.value()).time)));
        }
        Serde<EmbeddedEvent> event =
                Serdes.serdeFrom((topic, value) -> write(value), (topic, bytes) -> readEvent(bytes));
        Serde<EventPair> pair = Serdes.serdeFrom((topic, value) -> write(value), (topic, bytes) -> readPair(bytes));
        JoinWindows windows = JoinWindows.ofTimeDifferenceAndGrace(Duration.ofMillis(TripleStream.WINDOW_MS), GRACE);
        streams.get(0)
                .join(streams.get(1), EventPair::new, windows, StreamJoined.with(Serdes.String(), event, event))
                .join(streams.get(2), EventPair::with, windows, StreamJoined.with(Serdes.String(), pair, event))
                .to(where.output(), Produced.with(Serdes.String(), Serdes.ByteArray()));
        KafkaStreams running = StreamsProcess.start(builder, properties);
        // Its files are incomplete while the newest events are in memory, so the stores' own figures are noted, once a
        // second.
        Path noted = where.folder().resolve(STATE_BYTES);
        while (!new CountDownLatch(1).await(1, TimeUnit.SECONDS)) {
            double bytes = running.metrics().entrySet().stream()
                    .filter(metric -> STORE_SIZES.contains(metric.getKey().name()))
                    .mapToDouble(metric -> ((Number) metric.getValue().metricValue()).doubleValue())
                    .sum();
            Files.writeString(noted, Long.toString((long) bytes));
        }
    }

    private static byte[] write(EmbeddedEvent event) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(1700);
        write(event, bytes);
        return bytes.toByteArray();
    }

    private static byte[] write(EventPair pair) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(3400);
        write(pair.left, bytes);
        write(pair.right, bytes);
        return bytes.toByteArray();
    }

    private static void write(EmbeddedEvent event, ByteArrayOutputStream bytes) {
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeUTF(event.subject);
            out.writeUTF(event.id);
            out.writeLong(event.time);
            out.writeLong(event.readAt);
            out.writeByte(event.modality);
            out.writeShort(event.vector.length);
            byte[] vector = new byte[event.vector.length * Float.BYTES];
            ByteBuffer.wrap(vector).asFloatBuffer().put(event.vector);
            out.write(vector);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static EmbeddedEvent readEvent(byte[] bytes) {
        return read(new DataInputStream(new ByteArrayInputStream(bytes)));
    }

    private static EventPair readPair(byte[] bytes) {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
        return new EventPair(read(in), read(in));
    }

    private static EmbeddedEvent read(DataInputStream in) {
        try {
            EmbeddedEvent event = new EmbeddedEvent();
            event.subject = in.readUTF();
            event.id = in.readUTF();
            event.time = in.readLong();
            event.readAt = in.readLong();
            event.modality = in.readByte();
            event.vector = new float[in.readShort()];
            ByteBuffer.wrap(in.readNBytes(event.vector.length * Float.BYTES))
                    .asFloatBuffer()
                    .get(event.vector);
            return event;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
