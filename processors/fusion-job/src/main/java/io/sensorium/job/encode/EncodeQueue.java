// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.encode;

import io.sensorium.job.batch.BlockedTime;
import io.sensorium.job.config.PipelineConfig.EncodeOrder;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.util.function.ThrowingConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends on records and watermarks once they no longer wait for their embeddings or for those before them. Workers that
 * finish a record schedule this in the task's mailbox. All methods are for the task's thread.
 */
final class EncodeQueue {

    private static final Logger LOG = LoggerFactory.getLogger(EncodeQueue.class);

    private final Backlog waiting;
    private final EncodeOrder order;
    private final MailboxExecutor mailbox;
    private final ThrowingConsumer<PendingRecord, Exception> records;
    private final ThrowingConsumer<Watermark, Exception> watermarks;
    private final AtomicBoolean drainScheduled = new AtomicBoolean();

    /**
     * @param order whether records between two watermarks leave in the order in which they came
     * @param records takes each record that is done
     * @param watermarks takes each watermark, after the records before it
     */
    EncodeQueue(
            Backlog waiting,
            EncodeOrder order,
            MailboxExecutor mailbox,
            ThrowingConsumer<PendingRecord, Exception> records,
            ThrowingConsumer<Watermark, Exception> watermarks) {
        this.waiting = waiting;
        this.order = order;
        this.mailbox = mailbox;
        this.records = records;
        this.watermarks = watermarks;
    }

    /** Adds a record. Blocks while those before it hold too much; each of them is done within its time limits. */
    void add(PendingRecord pending) throws Exception {
        makeRoom(pending);
        waiting.add(pending);
        if (pending.isDone()) {
            send();
        } else {
            pending.onProgress(this::scheduleDrain);
        }
    }

    /** Adds a watermark, which leaves at once where no record waits. */
    void add(Watermark mark) throws Exception {
        if (waiting.isEmpty()) {
            watermarks.accept(mark);
        } else {
            waiting.add(mark);
        }
    }

    private void makeRoom(PendingRecord pending) throws Exception {
        if (!waiting.isFull(pending.bytes())) {
            return;
        }
        long held = System.nanoTime();
        send();
        while (waiting.isFull(pending.bytes()) && waiting.peek() instanceof PendingRecord first) {
            first.await();
            send();
        }
        BlockedTime.since(held);
    }

    /** From a worker: one letter to the task at a time, however many records are done. */
    private void scheduleDrain() {
        if (drainScheduled.compareAndSet(false, true)) {
            try {
                mailbox.execute(
                        () -> {
                            drainScheduled.set(false);
                            send();
                        },
                        "encoded");
            } catch (RejectedExecutionException e) {
                LOG.debug("the task has ended, and what was encoded for it goes nowhere");
            }
        }
    }

    /** Sends on everything, waiting for what is not done. */
    void sendAll() throws Exception {
        send();
        while (waiting.peek() instanceof PendingRecord pending) {
            long held = System.nanoTime();
            pending.await();
            BlockedTime.since(held);
            send();
        }
    }

    /** Sends on what is done and no longer has to wait for its place. */
    private void send() throws Exception {
        while (!waiting.isEmpty()) {
            if (waiting.peek() instanceof Watermark mark) {
                waiting.poll();
                watermarks.accept(mark);
            } else if (((PendingRecord) waiting.peek()).isDone()) {
                records.accept((PendingRecord) waiting.poll());
            } else {
                break;
            }
        }
        if (order == EncodeOrder.UNORDERED) {
            for (PendingRecord done : waiting.pollDone()) {
                records.accept(done);
            }
        }
    }
}
