// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks.align;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads what a contender committed and checks that it is the stream's triples, each once. For one thread. */
final class TripleWatcher implements AutoCloseable {

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final TripleStream stream;
    private final boolean readOnly;
    private final BitSet seen;
    private final long[] emitted;
    private long firstRead = Long.MAX_VALUE;

    /** @param readOnly whether a triple's sum is of its first event only */
    TripleWatcher(String bootstrapServers, String topic, TripleStream stream, boolean readOnly) {
        this.stream = stream;
        this.readOnly = readOnly;
        this.seen = new BitSet(stream.triples());
        this.emitted = new long[stream.triples()];
        this.consumer = new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        bootstrapServers,
                        "group.id",
                        "watcher-" + UUID.randomUUID(),
                        "isolation.level",
                        "read_committed",
                        "auto.offset.reset",
                        "earliest",
                        "enable.auto.commit",
                        "false"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
        consumer.subscribe(List.of(topic));
    }

    /**
     * Reads on.
     *
     * @return triples seen so far
     * @throws IOException when one came twice or is wrong
     */
    int poll() throws IOException {
        for (var record : consumer.poll(Duration.ofMillis(200))) {
            Triple triple = Triple.read(record.value());
            if (seen.get(triple.number())) {
                throw new IOException("triple " + triple.number() + " was committed twice");
            }
            float sum = 0;
            for (int modality = 0; modality < (readOnly ? 1 : TripleStream.MODALITIES); modality++) {
                sum += TripleStream.vector(triple.number(), modality)[0];
            }
            if (Math.abs(sum - triple.sum()) > 1e-3) {
                throw new IOException("triple " + triple.number() + " carries " + triple.sum() + ", expected " + sum);
            }
            seen.set(triple.number());
            emitted[triple.number()] = triple.emittedAt();
            firstRead = Math.min(firstRead, triple.readAt());
        }
        return seen.cardinality();
    }

    boolean complete() {
        return seen.cardinality() == stream.triples();
    }

    /** Events a second of wall clock between the emission of the given share of the triples and that of the last. */
    double eventsPerSecond(double warmUp) {
        long[] sorted = emitted.clone();
        Arrays.sort(sorted);
        int from = (int) (sorted.length * warmUp);
        return (double) TripleStream.MODALITIES
                * (sorted.length - 1 - from)
                * 1000
                / Math.max(1, sorted[sorted.length - 1] - sorted[from]);
    }

    /** From the first read to the last emission, in ms. */
    long elapsed() {
        return Arrays.stream(emitted).max().orElse(firstRead) - firstRead;
    }

    /**
     * A percentile of the delay between the moment at which a triple could be written and its emission, in ms: for
     * windows their end plus the out-of-orderness, else the sending of its last event. Over the second half of a paced
     * stream.
     */
    long delay(double percentile, boolean windowed) {
        long lastClose = stream.windowEnd(stream.triples() - 1) - TripleStream.WINDOW_MS;
        long[] delays = java.util.stream.IntStream.range(stream.triples() / 2, stream.triples())
                .filter(triple -> stream.windowEnd(triple) <= lastClose)
                .mapToLong(triple -> emitted[triple]
                        - (windowed
                                ? stream.windowEnd(triple) + TripleStream.OUT_OF_ORDERNESS_MS
                                : stream.complete(triple)))
                .sorted()
                .toArray();
        return delays.length == 0
                ? -1
                : delays[(int) Math.min(delays.length - 1, Math.floor(delays.length * percentile))];
    }

    @Override
    public void close() {
        consumer.close();
    }
}
