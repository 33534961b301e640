// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.bank;

import io.sensorium.operators.bank.KnownContent;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a bank's topic from its beginning and follows it. What it cannot reach it tries again, with what it has; where
 * the topic was deleted and created again, it starts from nothing. Runs on a thread of its own; what it publishes is
 * for any thread.
 */
final class BankReader implements Runnable {

    private static final Logger LOG = LoggerFactory.getLogger(BankReader.class);

    private static final Duration POLL = Duration.ofMillis(500);
    private static final long PROGRESS_NANOS = Duration.ofSeconds(5).toNanos();
    private static final long FIRST_PAUSE_MS = 250;
    private static final long LONGEST_PAUSE_MS = 10_000;

    /** Warnings about encoders too many. */
    private static final int MAX_WARNINGS = 100;

    /** Access to the topic; each call is for the reader's thread. */
    interface Access {

        /** A consumer without a group, which commits nothing. */
        Consumer<byte[], byte[]> consumer();

        /** The topic's id. */
        Uuid topicId() throws ExecutionException, InterruptedException, TimeoutException;
    }

    private final String topic;
    private final Access access;
    private final BankEntries entries;
    private final KnownContent content;
    private final long refreshNanos;

    /** Positions, by partition; for the reader's thread. */
    private final Map<TopicPartition, Long> next = new HashMap<>();

    /** Where the topic ended when it was first seen; for the reader's thread. */
    private final Map<TopicPartition, Long> ends = new HashMap<>();

    /** Why items were left out, one reason for each encoder too many; for the reader's thread. */
    private final Set<String> leftOut = new HashSet<>();

    private Uuid topicId;
    private long progressAt;
    private long pauseMs = FIRST_PAUSE_MS;

    private volatile BankPositions positions;
    private volatile Consumer<byte[], byte[]> open;
    private volatile boolean closed;
    private volatile boolean loaded;
    private volatile String failure = "";
    private volatile boolean outOfMemory;
    private final AtomicLong read = new AtomicLong();
    private final AtomicLong bad = new AtomicLong();
    private volatile long updatedAt;

    /**
     * @param content that is changed
     * @param refresh how often the topic's id and partitions are looked up
     */
    BankReader(String topic, Access access, BankEntries entries, KnownContent content, Duration refresh) {
        this.topic = topic;
        this.access = access;
        this.entries = entries;
        this.content = content;
        this.refreshNanos = refresh.toNanos();
        this.positions = new BankPositions(topic, "", Map.of());
    }

    @Override
    public void run() {
        try {
            readUntilClosed();
        } finally {
            synchronized (this) {
                closed = true;
                notifyAll();
            }
        }
    }

    private void readUntilClosed() {
        while (!closed) {
            try (Consumer<byte[], byte[]> consumer = access.consumer()) {
                open = consumer;
                follow(consumer);
            } catch (WakeupException e) {
                // Closed.
            } catch (InterruptException | InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } catch (Throwable e) {
                failed(e);
            } finally {
                open = null;
            }
            pause();
        }
    }

    /**
     * An error too ends neither the thread nor the bank: memory may be there again when others have given theirs back.
     */
    private void failed(Throwable e) {
        Throwable cause = e instanceof ExecutionException && e.getCause() != null ? e.getCause() : e;
        String now = cause.getMessage() == null || cause instanceof Error ? cause.toString() : cause.getMessage();
        boolean heap = cause instanceof OutOfMemoryError;
        if (heap) {
            now = "the heap is too small for its " + content.size()
                    + " items and what else the process holds (" + now
                    + "); raise the heap (-Xmx, on a cluster taskmanager.memory.task.heap.size), or remove entries";
        }
        if (!now.equals(failure) && !closed) {
            LOG.warn(
                    "the bank {} cannot be read, the {} items read so far stay, and it is tried again: {}",
                    topic,
                    content.size(),
                    now);
        }
        synchronized (this) {
            failure = now;
            outOfMemory = heap;
            notifyAll();
        }
    }

    /** Longer each time, until something is read. */
    private void pause() {
        synchronized (this) {
            if (closed || failure.isEmpty()) {
                return;
            }
            try {
                wait(pauseMs);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                closed = true;
            }
        }
        pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
    }

    private void follow(Consumer<byte[], byte[]> consumer)
            throws IOException, ExecutionException, InterruptedException, TimeoutException {
        long refreshed = System.nanoTime() - refreshNanos;
        while (!closed) {
            long now = System.nanoTime();
            if (now - refreshed >= refreshNanos) {
                refresh(consumer);
                refreshed = now;
            }
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                apply(record);
                next.put(new TopicPartition(record.topic(), record.partition()), record.offset() + 1);
            }
            // Past what has no record: markers of transactions, and what was compacted away.
            consumer.assignment().forEach(partition -> next.put(partition, consumer.position(partition)));
            // Not earlier: what fails on a record would be tried again without a pause.
            failure = "";
            outOfMemory = false;
            pauseMs = FIRST_PAUSE_MS;
            publish();
        }
    }

    private void refresh(Consumer<byte[], byte[]> consumer)
            throws ExecutionException, InterruptedException, TimeoutException {
        Uuid now = access.topicId();
        if (topicId != null && !topicId.equals(now)) {
            LOG.warn(
                    "topic {} was deleted and created again: the bank's {} items are dropped, and it is read from its "
                            + "beginning",
                    topic,
                    content.size());
            content.clear();
            next.clear();
        }
        topicId = now;
        List<TopicPartition> partitions = new ArrayList<>();
        consumer.partitionsFor(topic)
                .forEach(partition -> partitions.add(new TopicPartition(topic, partition.partition())));
        if (partitions.isEmpty()) {
            throw new KafkaException("topic " + topic + " has no partitions");
        }
        if (!consumer.assignment().equals(Set.copyOf(partitions)) || next.isEmpty()) {
            consumer.assign(partitions);
            for (TopicPartition partition : partitions) {
                if (next.containsKey(partition)) {
                    consumer.seek(partition, next.get(partition));
                } else {
                    consumer.seekToBeginning(List.of(partition));
                }
            }
        }
        if (!loaded) {
            ends.clear();
            ends.putAll(consumer.endOffsets(partitions));
        }
    }

    private void apply(ConsumerRecord<byte[], byte[]> record) throws IOException {
        BankEntries.Read entry = entries.read(record.key(), record.value());
        if (entry instanceof BankEntries.Read.Put put) {
            try {
                content.put(put.item());
            } catch (IllegalArgumentException e) {
                // The same at every start, since it depends on the order of the records alone.
                if (leftOut.size() < MAX_WARNINGS && leftOut.add(e.getMessage())) {
                    LOG.warn(
                            "bank {}: item {} is left out, as are all like it: it {}",
                            topic,
                            put.item().id(),
                            e.getMessage());
                }
                bad.incrementAndGet();
            }
        } else if (entry instanceof BankEntries.Read.Removal removal) {
            content.remove(removal.id());
        } else if (entry instanceof BankEntries.Read.Bad refused) {
            // What it replaces would be gone at the next start, too.
            if (refused.id() != null) {
                content.remove(refused.id());
            }
            bad.incrementAndGet();
        }
        read.incrementAndGet();
        updatedAt = System.currentTimeMillis();
    }

    private void publish() {
        Map<Integer, Long> offsets = new TreeMap<>();
        next.forEach((partition, offset) -> offsets.put(partition.partition(), offset));
        positions = new BankPositions(topic, topicId.toString(), offsets);
        if (loaded) {
            return;
        }
        long now = System.nanoTime();
        if (ends.entrySet().stream().allMatch(end -> next.getOrDefault(end.getKey(), 0L) >= end.getValue())) {
            LOG.info("the bank {} is loaded: {} items of {} records, {} of them bad", topic, content.size(), read, bad);
            synchronized (this) {
                loaded = true;
                notifyAll();
            }
        } else if (now - progressAt >= PROGRESS_NANOS) {
            progressAt = now;
            LOG.info("loading the bank {}: {}", topic, progress());
        }
    }

    private String progress() {
        long all = ends.values().stream().mapToLong(Long::longValue).sum();
        long at = next.values().stream().mapToLong(Long::longValue).sum();
        return content.size() + " items, at offset " + at + " of " + all + " over all partitions";
    }

    /**
     * Waits until the topic has been read to where it ended at the start.
     *
     * @throws IOException after the timeout, when the heap is too small, or when the reader was closed
     */
    synchronized void awaitLoaded(Duration timeout) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (!loaded) {
            long left = deadline - System.nanoTime();
            if (outOfMemory && !closed) {
                throw new IOException("the bank of known content, topic " + topic + ", cannot be loaded: " + failure);
            }
            if (closed || left <= 0) {
                throw new IOException("the bank of known content, topic " + topic + ", "
                        + (closed ? "was closed" : "was not read to its end within " + timeout.toSeconds() + " s")
                        + " (" + read + " records read" + (failure.isEmpty() ? "" : "; " + failure)
                        + "); check the topic and its brokers, or raise bank.load_timeout");
            }
            wait(Math.min(1_000, TimeUnit.NANOSECONDS.toMillis(left) + 1));
        }
    }

    /** How far it has read; without partitions before it has begun. */
    BankPositions positions() {
        return positions;
    }

    /** Records that were read. */
    long read() {
        return read.get();
    }

    /** Records that are no entries. */
    long bad() {
        return bad.get();
    }

    /** When a record was read last, in ms since the epoch; 0 before any. */
    long updatedAt() {
        return updatedAt;
    }

    /** Whether the topic is read now; else the reader tries again. */
    boolean isReading() {
        return loaded && !closed && failure.isEmpty();
    }

    void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        Consumer<byte[], byte[]> consumer = open;
        if (consumer != null) {
            consumer.wakeup();
        }
    }
}
