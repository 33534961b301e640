// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.batch;

import java.time.Duration;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;

/**
 * An operator that collects records into a batch and sends it on when it is full, when the task has no more input, when
 * its first record has waited long enough, before a checkpoint and at the end of input; so it keeps no state. Batches
 * form while input queues up; where nothing else arrives, nothing waits.
 *
 * @param <I> what comes in
 * @param <O> what goes out
 */
public abstract class BatchingOperator<I, O> extends AbstractStreamOperator<O> implements OneInputStreamOperator<I, O> {
    private static final long serialVersionUID = 1L;

    private static final long NOT_CHECKED = -1;
    private static final long NOTHING_WAITS = Long.MAX_VALUE;

    private final long maxDelayMs;
    private final transient MailboxExecutor mailbox;
    private transient boolean timerRuns;

    /** Until when the batch may wait, in ms of the processing time. */
    private transient long deadline;

    /** Records that the task has read. */
    private transient Counter read;

    /** How many these were when it was last checked whether more arrive. */
    private transient long readBefore;

    private transient boolean checking;

    /** @param maxDelay the longest wait of a batch's first record */
    protected BatchingOperator(StreamOperatorParameters<O> parameters, Duration maxDelay) {
        super(parameters);
        this.maxDelayMs = maxDelay.toMillis();
        this.mailbox = parameters.getMailboxExecutor();
    }

    @Override
    public void open() throws Exception {
        super.open();
        deadline = NOTHING_WAITS;
        read = getContainingTask()
                .getEnvironment()
                .getMetricGroup()
                .getIOMetricGroup()
                .getNumRecordsInCounter();
    }

    /** Sends on what was collected, which may be nothing. */
    protected abstract void sendBatch() throws Exception;

    /** Flushes a full batch; otherwise starts the wait where none runs. */
    protected final void flushOrWait(boolean full) throws Exception {
        if (full) {
            flush();
            return;
        }
        if (deadline == NOTHING_WAITS) {
            deadline = getProcessingTimeService().getCurrentProcessingTime() + maxDelayMs;
            if (!timerRuns) {
                startTimer();
            }
        }
        if (!checking) {
            checking = true;
            readBefore = NOT_CHECKED;
            checkLater();
        }
    }

    /** One timer runs through many short waits: to start and cancel one for each would wake its thread each time. */
    private void startTimer() {
        timerRuns = true;
        getProcessingTimeService().registerTimer(deadline, time -> {
            timerRuns = false;
            if (deadline != NOTHING_WAITS && time < deadline) {
                startTimer();
            } else if (deadline != NOTHING_WAITS) {
                flush();
            }
        });
    }

    /** The task runs what is in its mailbox between two records, or at once where it has no input. */
    private void checkLater() {
        mailbox.execute(this::flushWithoutInput, "flush without input");
    }

    /**
     * The first check comes right after the record that started the wait, before the task has looked for another. From
     * then on the task either reads between two checks, or has nothing to read.
     */
    private void flushWithoutInput() throws Exception {
        if (deadline == NOTHING_WAITS) {
            checking = false;
        } else if (read.getCount() == readBefore) {
            checking = false;
            flush();
        } else {
            readBefore = read.getCount();
            checkLater();
        }
    }

    /** Ends the wait and sends the batch on. */
    protected final void flush() throws Exception {
        deadline = NOTHING_WAITS;
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
