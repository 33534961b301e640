// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.quarantine;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What one subtask remembers from one start to the next in order to find a record under which the process dies. Pure
 * and immutable.
 *
 * <p>A start after one that was never declared {@link #recovered} means that the job died early in between; checkpoints
 * may have completed meanwhile, since a record under which the process dies only after seconds is in them as under way.
 * After {@link #DEATHS} such deaths the subtask is careful: it processes one item at a time, apart from all other
 * subtasks of the process, and notes it before and after. An item that is noted as under way at the next start is one
 * under which the process died: the second time it is poison. Tasks that end otherwise than by the death of the process
 * take their note back, so an outage of Kafka, of the registry or of the checkpoint storage makes no item a suspect.
 *
 * @param checkpoint that the last start began with; {@link #NO_CHECKPOINT} where it began with none
 * @param starts since the job was last healthy
 * @param underWay the item being processed, or null
 * @param suspects items under which the process died, with the number of deaths
 * @param poison items that are not processed any more, with the checkpoint that first contained their dead letters;
 *     {@link #NOT_PASSED} where none does yet
 */
public record RestartBudget(
        long checkpoint, int starts, String underWay, Map<String, Integer> suspects, Map<String, Long> poison) {

    /** Deaths in a row after which a subtask is careful. */
    public static final int DEATHS = 3;

    /** Deaths under one item, alone under way, after which it is poison. */
    public static final int DEATHS_ALONE = 2;

    /** A start without a checkpoint. */
    public static final long NO_CHECKPOINT = -1;

    /** No checkpoint contains the dead letters of a poison item. */
    public static final long NOT_PASSED = Long.MAX_VALUE;

    /** Before the first start. */
    public static final RestartBudget NONE = new RestartBudget(NO_CHECKPOINT, 0, null, Map.of(), Map.of());

    /** Takes copies. */
    public RestartBudget {
        suspects = Map.copyOf(suspects);
        poison = Map.copyOf(poison);
    }

    /**
     * The subtask starts.
     *
     * @param restored the checkpoint that it begins with, or {@link #NO_CHECKPOINT}
     */
    public RestartBudget started(long restored) {
        Map<String, Integer> suspected = new LinkedHashMap<>(suspects);
        Map<String, Long> poisonous = new LinkedHashMap<>(poison);
        poisonous.values().removeIf(passed -> passed <= restored);
        if (underWay != null && suspected.merge(underWay, 1, Integer::sum) >= DEATHS_ALONE) {
            suspected.remove(underWay);
            poisonous.put(underWay, NOT_PASSED);
        }
        return new RestartBudget(restored, starts + 1, null, suspected, poisonous);
    }

    /** Whether items are to be processed one at a time. */
    public boolean careful() {
        return starts > DEATHS || !suspects.isEmpty();
    }

    /** Whether an item is not to be processed. */
    public boolean isPoison(String item) {
        return poison.containsKey(item);
    }

    /** An item is about to be processed, alone. */
    public RestartBudget entered(String item) {
        return new RestartBudget(checkpoint, starts, item, suspects, poison);
    }

    /**
     * The item has been processed, or its task ended while the process lived.
     *
     * @param processed whether it was processed to its end, so that it is no suspect any more
     */
    public RestartBudget left(String item, boolean processed) {
        Map<String, Integer> suspected = new LinkedHashMap<>(suspects);
        if (processed) {
            suspected.remove(item);
        }
        return new RestartBudget(checkpoint, starts, null, suspected, poison);
    }

    /**
     * A checkpoint contains the dead letters of a poison item, so that a start from it does not meet the item again.
     */
    public RestartBudget passed(String item, long inCheckpoint) {
        Map<String, Long> poisonous = new LinkedHashMap<>(poison);
        poisonous.computeIfPresent(item, (key, before) -> Math.min(before, inCheckpoint));
        return new RestartBudget(checkpoint, starts, underWay, suspects, poisonous);
    }

    /** The job has gone on for long enough: items are processed side by side again. */
    public RestartBudget recovered() {
        return new RestartBudget(checkpoint, 0, underWay, Map.of(), poison);
    }
}
