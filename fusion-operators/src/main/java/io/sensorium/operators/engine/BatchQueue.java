// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A bounded queue that gives out batches: full ones at once, others when their first entry has waited long enough. Safe
 * for several threads; entries leave in the order in which they came.
 *
 * @param <T> an entry
 */
final class BatchQueue<T> {

    private record Waiting<T>(T entry, long bytes, long since) {}

    private final int takers;
    private final int maxBatch;
    private final long maxDelayNanos;
    private final int maxEntries;
    private final long maxBytes;
    private final Deque<Waiting<T>> entries = new ArrayDeque<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition notFull = lock.newCondition();
    private final Condition notEmpty = lock.newCondition();
    private long bytes;
    private boolean closed;

    /** @param takers threads that take; where batches do not wait, each gets its share of what is there */
    BatchQueue(int maxBatch, long maxDelayNanos, int maxEntries, long maxBytes, int takers) {
        this.takers = takers;
        this.maxBatch = maxBatch;
        this.maxDelayNanos = maxDelayNanos;
        this.maxEntries = maxEntries;
        this.maxBytes = maxBytes;
    }

    /**
     * Adds an entry; waits while the queue is full.
     *
     * @return false where the queue is closed
     */
    boolean put(T entry, long size) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (!closed && !entries.isEmpty() && (entries.size() >= maxEntries || bytes + size > maxBytes)) {
                notFull.await();
            }
            if (closed) {
                return false;
            }
            entries.add(new Waiting<>(entry, size, System.nanoTime()));
            bytes += size;
            notEmpty.signal();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits for the next batch.
     *
     * @return null once the queue is closed
     */
    List<T> take() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (true) {
                if (closed) {
                    return null;
                }
                if (entries.isEmpty()) {
                    notEmpty.await();
                    continue;
                }
                long left = entries.peek().since() + maxDelayNanos - System.nanoTime();
                // A queue that cannot take more gives no batch time to grow.
                if (entries.size() >= maxBatch || left <= 0 || bytes >= maxBytes) {
                    break;
                }
                notEmpty.awaitNanos(left);
            }
            // Without a delay nobody gains from a large batch, and a worker that took all would leave the others idle.
            int most = maxDelayNanos > 0 ? maxBatch : Math.min(maxBatch, (entries.size() + takers - 1) / takers);
            List<T> batch = new ArrayList<>(Math.min(most, entries.size()));
            while (batch.size() < most && !entries.isEmpty()) {
                Waiting<T> next = entries.poll();
                bytes -= next.bytes();
                batch.add(next.entry());
            }
            if (!entries.isEmpty()) {
                notEmpty.signal();
            }
            notFull.signalAll();
            return batch;
        } finally {
            lock.unlock();
        }
    }

    int size() {
        lock.lock();
        try {
            return entries.size();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Ends all waiting.
     *
     * @return the entries that nobody took
     */
    List<T> close() {
        lock.lock();
        try {
            closed = true;
            List<T> left = entries.stream().map(Waiting::entry).toList();
            entries.clear();
            bytes = 0;
            notFull.signalAll();
            notEmpty.signalAll();
            return left;
        } finally {
            lock.unlock();
        }
    }

    /** As {@link java.util.concurrent.TimeUnit#toNanos}, for settings. */
    static long nanos(java.time.Duration duration) {
        return TimeUnit.MILLISECONDS.toNanos(duration.toMillis());
    }
}
