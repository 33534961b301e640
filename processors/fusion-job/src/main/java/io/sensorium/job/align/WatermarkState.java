// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.align;

import io.sensorium.job.alignment.Positions;
import io.sensorium.job.alignment.SavedWatermark;
import java.util.List;
import org.apache.flink.api.common.TaskInfo;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.OperatorStateStore;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;

/**
 * The watermarks of an operator's subtasks in its state, each with the key groups for which it holds. For the task's
 * thread.
 */
final class WatermarkState {

    private final TaskInfo task;

    /** What state before {@link #byKeyGroup} holds, still written so that an earlier release can read it. */
    private final ListState<Long> least;

    private final ListState<SavedWatermark> byKeyGroup;

    /** @throws Exception when Flink cannot open the state */
    WatermarkState(OperatorStateStore store, TaskInfo task) throws Exception {
        this.task = task;
        this.least = store.getUnionListState(new ListStateDescriptor<>("watermark", LongSerializer.INSTANCE));
        this.byKeyGroup = store.getUnionListState(
                new ListStateDescriptor<>("watermarks-by-key-group", SavedWatermarkSerializer.INSTANCE));
    }

    /**
     * What the subtasks had reached when the state was saved.
     *
     * @throws Exception when Flink cannot read the state
     */
    Positions restored() throws Exception {
        long smallest = Long.MAX_VALUE;
        for (long saved : least.get()) {
            smallest = Math.min(smallest, saved);
        }
        int maxParallelism = task.getMaxNumberOfParallelSubtasks();
        return new Positions(
                byKeyGroup.get(),
                smallest == Long.MAX_VALUE ? Long.MIN_VALUE : smallest,
                subject -> KeyGroupRangeAssignment.assignToKeyGroup(subject, maxParallelism));
    }

    /**
     * @param watermark of this subtask, in ms
     * @param highest of its modalities' watermarks.
     * @throws Exception when Flink cannot write the state
     */
    void save(long watermark, long highest) throws Exception {
        least.update(List.of(watermark));
        KeyGroupRange keyGroups = KeyGroupRangeAssignment.computeKeyGroupRangeForOperatorIndex(
                task.getMaxNumberOfParallelSubtasks(),
                task.getNumberOfParallelSubtasks(),
                task.getIndexOfThisSubtask());
        byKeyGroup.update(List.of(
                new SavedWatermark(keyGroups.getStartKeyGroup(), keyGroups.getEndKeyGroup(), watermark, highest)));
    }
}
