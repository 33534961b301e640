package io.sensorium.job.align;

import java.util.Arrays;

/**
 * The contract's W: the smallest watermark of the modalities that are not idle; when all are idle, the largest of all. Never
 * goes back. For one thread.
 */
final class CombinedWatermark {

    private final long[] watermarks;
    private final boolean[] idle;
    private long combined;

    /** @param restored where W stood when the state was saved, or {@code Long.MIN_VALUE} */
    CombinedWatermark(int modalities, long restored) {
        watermarks = new long[modalities];
        Arrays.fill(watermarks, Long.MIN_VALUE);
        idle = new boolean[modalities];
        combined = restored;
    }

    /** @return whether W advanced */
    boolean advance(int modality, long watermark) {
        watermarks[modality] = Math.max(watermarks[modality], watermark);
        idle[modality] = false;
        return combine();
    }

    /** @return whether W advanced */
    boolean idle(int modality, boolean isIdle) {
        idle[modality] = isIdle;
        return combine();
    }

    long value() {
        return combined;
    }

    /** One modality's own watermark. */
    long of(int modality) {
        return watermarks[modality];
    }

    boolean isIdle(int modality) {
        return idle[modality];
    }

    /** Whether W stands where it does because of this modality: of those not idle the one furthest behind. */
    boolean holds(int modality) {
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
        long least = Long.MAX_VALUE;
        long most = Long.MIN_VALUE;
        boolean allIdle = true;
        for (int i = 0; i < watermarks.length; i++) {
            most = Math.max(most, watermarks[i]);
            if (!idle[i]) {
                allIdle = false;
                least = Math.min(least, watermarks[i]);
            }
        }
        long now = allIdle ? most : least;
        if (now <= combined) {
            return false;
        }
        combined = now;
        return true;
    }
}
