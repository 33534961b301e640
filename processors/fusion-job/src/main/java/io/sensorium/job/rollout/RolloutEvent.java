// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.rollout;

import io.sensorium.job.config.ModelBundle;
import java.util.List;
import org.apache.flink.runtime.operators.coordination.OperatorEvent;

/** The messages between coordinator and subtasks. */
public sealed interface RolloutEvent extends OperatorEvent {

    /**
     * To a subtask: load, check and warm these models beside those that run.
     *
     * @param attempt counts announcements; models under the same names may be others in the next one
     */
    record Prepare(ModelBundle bundle, long attempt) implements RolloutEvent {}

    /** To a subtask: let go of what was prepared and is not used. */
    record Discard(String bundle) implements RolloutEvent {}

    /** To a subtask: run by this plan from the first checkpoint on that is not before the given one. */
    record Activate(RolloutPlan plan, long checkpoint) implements RolloutEvent {}

    /**
     * From a subtask: the models are loaded, or why not.
     *
     * @param attempt of the {@link Prepare} that this answers
     * @param problems empty where they are
     */
    record Prepared(String bundle, long attempt, List<String> problems) implements RolloutEvent {}

    /**
     * From a subtask, with every checkpoint and at its start.
     *
     * @param plan by which it runs
     * @param position where fusion stands: its watermark; of encoding the largest time, in ms, of an event that lacks
     *     the candidate's embedding
     */
    record Status(RolloutPlan plan, long position) implements RolloutEvent {}
}
