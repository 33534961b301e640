// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.alignment;

import java.util.Arrays;

/**
 * The contract's W: the smallest watermark of the modalities that are not idle; when all are idle, the largest that is
 * known, from which {@link Silence} moves it on. Never goes back. For one thread; reporters may read.
 */
public final class CombinedWatermark {

    private final long[] watermarks;
    private final boolean[] idle;
    private long highest;
    private volatile long combined;

    /**
     * @param restored where W stood when the state was saved, or {@code Long.MIN_VALUE}
     * @param highest the largest that was known then
     */
    public CombinedWatermark(int modalities, long restored, long highest) {
        watermarks = new long[modalities];
        Arrays.fill(watermarks, Long.MIN_VALUE);
        idle = new boolean[modalities];
        combined = restored;
        this.highest = highest;
    }

    /** @return whether W advanced */
    public boolean advance(int modality, long watermark) {
        watermarks[modality] = Math.max(watermarks[modality], watermark);
        idle[modality] = false;
        return combine();
    }

    /** @return whether W advanced */
    public boolean idle(int modality, boolean isIdle) {
        idle[modality] = isIdle;
        return combine();
    }

    /**
     * While all are idle, moves W on.
     *
     * @return whether it advanced
     */
    public boolean advanceTo(long watermark) {
        if (watermark <= combined) {
            return false;
        }
        combined = watermark;
        return true;
    }

    /**
     * Takes note of what an event's partition has reached at least. A modality's own watermark does not show it while
     * another of its partitions has delivered nothing, and is gone after a restore.
     */
    public void reached(long watermark) {
        highest = Math.max(highest, watermark);
    }

    public long value() {
        return combined;
    }

    /** The largest watermark of a partition that is known. */
    public long highest() {
        long most = highest;
        for (long watermark : watermarks) {
            most = Math.max(most, watermark);
        }
        return most;
    }

    /** One modality's own watermark. */
    public long of(int modality) {
        return watermarks[modality];
    }

    public boolean isIdle(int modality) {
        return idle[modality];
    }

    public boolean allIdle() {
        for (boolean each : idle) {
            if (!each) {
                return false;
            }
        }
        return true;
    }

    /** Whether W stands where it does because of this modality: of those not idle the one furthest behind. */
    public boolean holds(int modality) {
        if (idle[modality]) {
            return false;
        }
        for (int other = 0; other < watermarks.length; other++) {
            if (!idle[other] && watermarks[other] < watermarks[modality]) {
                return false;
            }
        }
        return true;
    }

    private boolean combine() {
        if (allIdle()) {
            return advanceTo(highest());
        }
        long least = Long.MAX_VALUE;
        for (int i = 0; i < watermarks.length; i++) {
            least = idle[i] ? least : Math.min(least, watermarks[i]);
        }
        return advanceTo(least);
    }
}
