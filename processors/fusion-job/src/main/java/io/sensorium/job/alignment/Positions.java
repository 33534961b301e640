// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.alignment;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * The watermarks at which the subtasks that wrote the restored state stood. A subject's windows were closed up to its
 * own subtask's, which may be ahead of the others'; so an event is late, and a window closed, by that one until the
 * watermark has passed it. Immutable.
 */
public final class Positions {

    private final List<SavedWatermark> saved;
    private final ToIntFunction<String> keyGroups;
    private final long least;
    private final long most;
    private final long highest;

    /**
     * @param saved of all subtasks
     * @param formerLeast the least watermark of a state that holds no {@link SavedWatermark}s; {@code Long.MIN_VALUE}
     *     where there is none
     * @param keyGroups the key group of a subject
     */
    public Positions(Iterable<SavedWatermark> saved, long formerLeast, ToIntFunction<String> keyGroups) {
        this.saved = new ArrayList<>();
        this.keyGroups = keyGroups;
        long least = Long.MAX_VALUE;
        long most = Long.MIN_VALUE;
        long highest = formerLeast;
        for (SavedWatermark each : saved) {
            this.saved.add(each);
            least = Math.min(least, each.watermark());
            most = Math.max(most, each.watermark());
            highest = Math.max(highest, Math.max(each.watermark(), each.highest()));
        }
        this.least = this.saved.isEmpty() ? formerLeast : least;
        this.most = this.saved.isEmpty() ? formerLeast : most;
        this.highest = highest;
    }

    /** The least of all subtasks': an event within bounds was late to none of them. */
    public long least() {
        return least;
    }

    /** The largest watermark of a partition, or of a subtask in silence, that was known. */
    public long highest() {
        return highest;
    }

    /**
     * The watermark by which a subject goes.
     *
     * @param watermark the operator's own
     */
    public long of(String subject, long watermark) {
        if (watermark >= most) {
            return watermark;
        }
        int keyGroup = keyGroups.applyAsInt(subject);
        for (SavedWatermark each : saved) {
            if (each.had(keyGroup)) {
                return Math.max(watermark, each.watermark());
            }
        }
        return watermark;
    }
}
