// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.encode;

import io.sensorium.operators.encode.Outcome;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.apache.flink.streaming.api.watermark.Watermark;

/**
 * Records that wait for their embeddings or for those before them, and the watermarks between them, in order. Bounded
 * by records and by bytes; a record larger than the bound waits alone. For the task's thread; workers only release the
 * bytes of what they have encoded.
 */
final class Backlog {

    /** Most records of one subtask. */
    static final int MAX_RECORDS = 4096;

    private static final long LEAST_BYTES = 4L << 20;

    private final Deque<Object> items = new ArrayDeque<>();
    private final AtomicLong bytes = new AtomicLong();
    private final long mostBytes;
    private final Predicate<Outcome.Encoded> fits;
    private int records;

    /** @param fits whether an embedding can be sent on, so that its record makes no dead letter */
    Backlog(long mostBytes, Predicate<Outcome.Encoded> fits) {
        this.mostBytes = mostBytes;
        this.fits = fits;
    }

    /** Bytes that the records of one subtask may hold: the engine's queue, but at most a thirty-second of the heap. */
    static long mostBytes(long queueBytes) {
        return Math.max(LEAST_BYTES, Math.min(queueBytes, Runtime.getRuntime().maxMemory() / 32));
    }

    boolean isEmpty() {
        return items.isEmpty();
    }

    /** Whether the first record must leave before a further one comes. */
    boolean isFull(long further) {
        return records >= MAX_RECORDS || records > 0 && bytes.get() + further > mostBytes;
    }

    /** Adds a record, whose bytes are released as soon as its embedding is known. */
    void add(PendingRecord pending) {
        items.add(pending);
        records++;
        bytes.addAndGet(pending.bytes());
        if (pending.outcome() == PendingRecord.NOTHING) {
            return;
        }
        pending.read().thenAccept(outcome -> {
            if (outcome instanceof Outcome.Encoded encoded && fits.test(encoded)) {
                bytes.addAndGet(-pending.release());
            }
        });
    }

    void add(Watermark mark) {
        if (items.peekLast() instanceof Watermark) {
            items.removeLast();
        }
        items.add(mark);
    }

    /** The first item: a {@link PendingRecord} or a {@link Watermark}; null where there is none. */
    Object peek() {
        return items.peek();
    }

    /** Removes the first item. */
    Object poll() {
        Object first = items.poll();
        if (first instanceof PendingRecord pending) {
            left(pending);
        }
        return first;
    }

    /** Removes those before the first watermark that are done. */
    List<PendingRecord> pollDone() {
        List<PendingRecord> done = new ArrayList<>();
        Iterator<Object> each = items.iterator();
        while (each.hasNext() && each.next() instanceof PendingRecord pending) {
            if (pending.isDone()) {
                each.remove();
                left(pending);
                done.add(pending);
            }
        }
        return done;
    }

    private void left(PendingRecord pending) {
        records--;
        bytes.addAndGet(-pending.leave());
    }

    /** Bytes that the records hold now. */
    long bytes() {
        return bytes.get();
    }

    /** Records that wait now. */
    int records() {
        return records;
    }
}
