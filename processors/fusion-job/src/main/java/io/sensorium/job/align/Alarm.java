// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.align;

import io.sensorium.job.alignment.Aligner;
import java.util.concurrent.ScheduledFuture;
import org.apache.flink.api.common.operators.ProcessingTimeService.ProcessingTimeCallback;
import org.apache.flink.streaming.runtime.tasks.ProcessingTimeService;

/** One processing-time timer, set to the earliest time at which there may be something to do. For the task's thread. */
final class Alarm {

    private final ProcessingTimeService clock;
    private final ProcessingTimeCallback action;
    private ScheduledFuture<?> timer;
    private long at = Aligner.NEVER;

    /** @param action called in the task's thread with the time that was set; it may set the alarm again */
    Alarm(ProcessingTimeService clock, ProcessingTimeCallback action) {
        this.clock = clock;
        this.action = action;
    }

    /**
     * Sets it to go off at a time unless it goes off before.
     *
     * @param time wall-clock ms; {@link Aligner#NEVER} turns it off
     */
    void set(long time) {
        if (time == Aligner.NEVER) {
            cancel();
        } else if (time < at) {
            cancel();
            at = time;
            timer = clock.registerTimer(time, this::goOff);
        }
    }

    private void cancel() {
        if (timer != null) {
            timer.cancel(false);
        }
        timer = null;
        at = Aligner.NEVER;
    }

    private void goOff(long time) throws Exception {
        if (time != at) {
            // It was cancelled when it was about to go off.
            return;
        }
        timer = null;
        at = Aligner.NEVER;
        action.onProcessingTime(time);
    }

    /** Whether it is set. */
    boolean isSet() {
        return timer != null;
    }
}
