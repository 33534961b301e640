// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks.latency;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads results with a thread of its own and notes how long after the sending of its last event each window's first and
 * second result came. Safe for one thread that sends.
 */
final class DelayWatcher implements AutoCloseable {

    private static final String SUBJECT = "window-";

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final AtomicLongArray sent;

    /** Delays of each window's first result, then of its second, in ns; 0 where none has come. */
    private final List<AtomicLongArray> came;

    private final Thread thread;
    private volatile RuntimeException failure;

    DelayWatcher(Place place, int windows) {
        sent = new AtomicLongArray(windows);
        came = List.of(new AtomicLongArray(windows), new AtomicLongArray(windows));
        consumer = new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        place.bootstrapServers(),
                        "isolation.level",
                        place.exactlyOnce() ? "read_committed" : "read_uncommitted"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
        TopicPartition partition = new TopicPartition(place.output(), 0);
        consumer.assign(List.of(partition));
        consumer.seekToBeginning(List.of(partition));
        thread = new Thread(this::read, "results");
        thread.setDaemon(true);
        thread.start();
    }

    static String subject(int window) {
        return SUBJECT + window;
    }

    private void read() {
        try {
            while (true) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
                    long now = System.nanoTime();
                    int window = Integer.parseInt(
                            new String(record.key(), StandardCharsets.UTF_8).substring(SUBJECT.length()));
                    long after = now - sent.get(window);
                    if (!came.get(0).compareAndSet(window, 0, after)) {
                        came.get(1).compareAndSet(window, 0, after);
                    }
                }
            }
        } catch (WakeupException e) {
            // It is closed.
        } catch (RuntimeException e) {
            failure = e;
        }
    }

    /** Right before a window's events are handed to the producer. */
    void sent(int window) {
        sent.set(window, System.nanoTime());
    }

    /**
     * Waits until every window has its results.
     *
     * @param results that a window has, 1 or 2
     * @throws IOException when one does not come in time
     */
    void await(int first, int windows, int results, Duration patience) throws IOException {
        long deadline = System.nanoTime() + patience.toNanos();
        AtomicLongArray last = came.get(results - 1);
        while (missing(first, windows, last) > 0) {
            if (failure != null) {
                throw new IOException("the results cannot be read: " + failure.getMessage(), failure);
            }
            if (System.nanoTime() > deadline) {
                throw new IOException(missing(first, windows, last) + " of " + windows + " windows have no "
                        + (results == 1 ? "result" : "second result") + " within " + patience.toSeconds() + " s");
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
    }

    private static long missing(int first, int windows, AtomicLongArray delays) {
        return IntStream.range(first, first + windows)
                .filter(window -> delays.get(window) == 0)
                .count();
    }

    /**
     * Writes percentiles of windows' delays, in ms to a tenth.
     *
     * @param result which of a window's results, 1 or 2
     * @param prefix prepended to each figure's name
     */
    void report(int first, int windows, int result, String prefix, ObjectNode run) {
        long[] sorted = IntStream.range(first, first + windows)
                .mapToLong(came.get(result - 1)::get)
                .sorted()
                .toArray();
        run.put(prefix + "p50_ms", ms(sorted, 0.5));
        run.put(prefix + "p95_ms", ms(sorted, 0.95));
        run.put(prefix + "p99_ms", ms(sorted, 0.99));
        run.put(prefix + "max_ms", ms(sorted, 1));
    }

    private static double ms(long[] sorted, double percentile) {
        return Math.round(sorted[(int) Math.min(sorted.length - 1, Math.floor(sorted.length * percentile))] / 1e5)
                / 10.0;
    }

    @Override
    public void close() {
        consumer.wakeup();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        consumer.close();
    }
}
