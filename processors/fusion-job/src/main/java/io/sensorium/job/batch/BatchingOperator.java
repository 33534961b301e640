// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.batch;

import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.runtime.tasks.ProcessingTimeService;

/**
 * An operator that collects records into a batch and sends it on when it is full, when its first record has waited long
 * enough, before a checkpoint and at the end of input; so it keeps no state.
 *
 * @param <I> what comes in
 * @param <O> what goes out
 */
public abstract class BatchingOperator<I, O> extends AbstractStreamOperator<O> implements OneInputStreamOperator<I, O> {
    private static final long serialVersionUID = 1L;

    private final long maxDelayMs;
    private transient ScheduledFuture<?> timer;

    /** @param maxDelay the longest wait of a batch's first record */
    protected BatchingOperator(StreamOperatorParameters<O> parameters, Duration maxDelay) {
        super(parameters);
        this.maxDelayMs = maxDelay.toMillis();
    }

    /** Sends on what was collected, which may be nothing. */
    protected abstract void sendBatch() throws Exception;

    /** Flushes a full batch; otherwise starts the wait where none runs. */
    protected final void flushOrWait(boolean full) throws Exception {
        if (full) {
            flush();
        } else if (timer == null) {
            ProcessingTimeService clock = getProcessingTimeService();
            timer = clock.registerTimer(clock.getCurrentProcessingTime() + maxDelayMs, time -> {
                timer = null;
                flush();
            });
        }
    }

    /** Ends the wait and sends the batch on. */
    protected final void flush() throws Exception {
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
        sendBatch();
    }

    @Override
    public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
        flush();
        super.prepareSnapshotPreBarrier(checkpointId);
    }

    @Override
    public void finish() throws Exception {
        flush();
        super.finish();
    }
}
