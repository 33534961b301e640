package io.sensorium.job.batch;

import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import org.apache.flink.streaming.runtime.tasks.ProcessingTimeService;

/** The longest wait of a batch: flushes it a while after its first record, unless it is flushed before. For one task's thread. */
public final class FlushTimer {

    /** Sends a batch on. */
    @FunctionalInterface
    public interface Flush {
        void flush() throws Exception;
    }

    private final long delayMs;
    private final Flush flush;
    private ScheduledFuture<?> scheduled;

    public FlushTimer(Duration delay, Flush flush) {
        this.delayMs = delay.toMillis();
        this.flush = flush;
    }

    /** Starts the wait where none runs. */
    public void start(ProcessingTimeService clock) {
        if (scheduled == null) {
            scheduled = clock.registerTimer(clock.getCurrentProcessingTime() + delayMs, time -> {
                scheduled = null;
                flush.flush();
            });
        }
    }

    /** Ends the wait: the batch is being flushed. */
    public void stop() {
        if (scheduled != null) {
            scheduled.cancel(false);
            scheduled = null;
        }
    }
}
