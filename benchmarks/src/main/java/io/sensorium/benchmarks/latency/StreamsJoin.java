// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks.latency;

import io.sensorium.benchmarks.load.StreamsProcess;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.JoinWindows;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.StreamJoined;

/**
 * Kafka Streams' windowed joins, as a process: RocksDB, one thread, its producer without linger. Runs until it is
 * stopped.
 */
public final class StreamsJoin {

    private StreamsJoin() {}

    /**
     * Arguments as of {@link Place#arguments}.
     *
     * @throws InterruptedException when it is stopped
     */
    public static void main(String[] args) throws InterruptedException {
        Place place = Place.of(args);
        Properties properties = new Properties();
        properties.put("application.id", place.name());
        properties.put("bootstrap.servers", place.bootstrapServers());
        properties.put("processing.guarantee", place.exactlyOnce() ? "exactly_once_v2" : "at_least_once");
        properties.put("commit.interval.ms", Long.toString(place.intervalMs()));
        properties.put("num.stream.threads", "1");
        properties.put("state.dir", place.folder().toString());
        properties.put("replication.factor", "1");
        properties.put("consumer.auto.offset.reset", "earliest");
        properties.put("producer.linger.ms", "0");
        StreamsBuilder builder = new StreamsBuilder();
        List<KStream<byte[], byte[]>> streams = Place.MODALITIES.stream()
                .map(modality ->
                        builder.stream(place.input(modality), Consumed.with(Serdes.ByteArray(), Serdes.ByteArray())))
                .toList();
        JoinWindows windows = JoinWindows.ofTimeDifferenceAndGrace(FlinkJoin.LENGTH, Duration.ofSeconds(1));
        StreamJoined<byte[], byte[], byte[]> bytes =
                StreamJoined.with(Serdes.ByteArray(), Serdes.ByteArray(), Serdes.ByteArray());
        streams.get(0)
                .join(streams.get(1), (image, text) -> text, windows, bytes)
                .join(streams.get(2), (subject, text, audio) -> subject, windows, bytes)
                .to(place.output(), Produced.with(Serdes.ByteArray(), Serdes.ByteArray()));
        StreamsProcess.start(builder, properties);
        new CountDownLatch(1).await();
    }
}
