// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.align;

import io.sensorium.job.alignment.AlignedWindow;
import io.sensorium.job.alignment.Aligner;
import io.sensorium.job.alignment.Aligner.Count;
import io.sensorium.job.alignment.EncodedEvent;
import io.sensorium.job.quarantine.Isolation;
import io.sensorium.job.quarantine.RecordWall;
import io.sensorium.job.records.FailedEvent;
import io.sensorium.job.records.FailureCode;
import io.sensorium.job.records.LateEventRecord;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.streaming.api.operators.Output;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.util.OutputTag;

/** What alignment sends and counts. For the task's thread. */
final class AlignOutput implements Aligner.AlignmentOutput {

    private final Output<StreamRecord<AlignedWindow>> output;
    private final AlignMetrics metrics;
    private final Isolation isolation;
    private final StreamRecord<AlignedWindow> reused = new StreamRecord<>(null);
    private final List<Runnable> held = new ArrayList<>();
    private boolean holds;
    private String subject;

    AlignOutput(Output<StreamRecord<AlignedWindow>> output, AlignMetrics metrics, Isolation isolation) {
        this.output = output;
        this.metrics = metrics;
        this.isolation = isolation;
    }

    /** Whose events and windows are sent from now on. */
    void subject(String next) {
        subject = next;
    }

    /**
     * Runs a step of alignment, after deaths of the process one at a time. What the step sends leaves after it, so that
     * a death in a later stage is not attributed to alignment.
     *
     * @param item by which the event or subject is known from one start of the job to the next
     * @return false if the step has not run, because the process has died under it
     * @throws Exception as the step does; what it sent before leaves nevertheless
     */
    boolean runAlone(String item, Runnable step) throws Exception {
        if (isolation.isPoison(item)) {
            return false;
        }
        if (!isolation.careful()) {
            step.run();
            return true;
        }
        holds = true;
        try {
            isolation.alone(item, () -> {
                step.run();
                return null;
            });
        } finally {
            holds = false;
            held.forEach(Runnable::run);
            held.clear();
        }
        return true;
    }

    @Override
    public void window(AlignedWindow window) {
        metrics.written(window);
        if (holds) {
            held.add(() -> send(window));
        } else {
            send(window);
        }
    }

    @Override
    public void closed(List<Integer> missing) {
        metrics.closed(missing);
    }

    @Override
    public void late(EncodedEvent event, long at) {
        metrics.late();
        send(AlignOperator.LATE, new LateEventRecord(subject, event, at));
    }

    @Override
    public void count(Count count, long events) {
        metrics.count(count, events);
    }

    /** An event on which alignment failed. */
    void failed(String subject, EncodedEvent event, FailureCode code, String message) {
        metrics.failed();
        send(AlignOperator.FAILED, new FailedEvent(subject, event, code, message));
    }

    private void send(AlignedWindow window) {
        try {
            output.collect(reused.replace(window));
        } catch (RuntimeException | Error e) {
            throw new RecordWall.PlatformFailure(e);
        }
    }

    private <T> void send(OutputTag<T> tag, T record) {
        if (holds) {
            held.add(() -> send(tag, record));
            return;
        }
        try {
            output.collect(tag, new StreamRecord<>(record));
        } catch (RuntimeException | Error e) {
            throw new RecordWall.PlatformFailure(e);
        }
    }
}
