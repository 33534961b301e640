// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.encode;

import java.util.ArrayList;
import java.util.List;

/**
 * Where there is speech in a clip, by the probabilities of a voice activity detector: from a step of at least 0.5 to
 * where it stays below 0.35 for half a second, the thresholds that Silero VAD's authors recommend. Stretches with
 * pauses of up to a second between them become one segment, as long as it is no longer than {@link #LONGEST}; longer
 * ones are cut where speech is least probable. Pure.
 */
final class SpeechSegments {

    /** Longest segment in seconds. */
    static final int LONGEST = 15;

    private static final float BEGINS = 0.5f;
    private static final float ENDS = 0.35f;
    private static final int SILENCE = steps(500);
    private static final int PAUSE = steps(1000);
    private static final int MARGIN = steps(200);
    private static final int SHORTEST = steps(100);
    private static final int MOST = steps(1000 * LONGEST);

    private SpeechSegments() {}

    /**
     * A part of a clip.
     *
     * @param from first sample
     * @param to after the last sample
     */
    record Segment(int from, int to) {}

    private static int steps(int ms) {
        return ms * 16 / VoiceActivity.STEP;
    }

    /**
     * The segments of a clip in order of time; none where nobody speaks.
     *
     * @param probabilities of speech, one for each {@link VoiceActivity#STEP} samples
     * @param samples of the clip
     */
    static List<Segment> of(float[] probabilities, int samples) {
        List<int[]> stretches = new ArrayList<>();
        int begin = -1;
        int silent = 0;
        for (int step = 0; step <= probabilities.length; step++) {
            boolean end = step == probabilities.length;
            if (begin < 0) {
                if (!end && probabilities[step] >= BEGINS) {
                    begin = step;
                    silent = 0;
                }
                continue;
            }
            silent = !end && probabilities[step] < ENDS ? silent + 1 : end ? silent : 0;
            if (end || silent >= SILENCE) {
                int last = step - silent + (end ? 0 : 1);
                if (last - begin >= SHORTEST) {
                    add(stretches, begin, last, probabilities.length);
                }
                begin = -1;
            }
        }
        List<Segment> segments = new ArrayList<>();
        for (int[] stretch : stretches) {
            cut(probabilities, stretch[0], stretch[1], samples, segments);
        }
        return segments;
    }

    /** Adds a stretch with some margin, to the one before it where the pause is short. */
    private static void add(List<int[]> stretches, int begin, int end, int steps) {
        int from = Math.max(0, begin - MARGIN);
        int to = Math.min(steps, end + MARGIN);
        int[] before = stretches.isEmpty() ? null : stretches.get(stretches.size() - 1);
        if (before != null && (from <= before[1] || from - before[1] <= PAUSE && to - before[0] <= MOST)) {
            before[1] = to;
        } else {
            stretches.add(new int[] {from, to});
        }
    }

    private static void cut(float[] probabilities, int from, int to, int samples, List<Segment> segments) {
        int begin = from;
        while (to - begin > MOST) {
            int least = begin + MOST;
            for (int step = begin + MOST; step > begin + MOST / 2; step--) {
                if (probabilities[step] < probabilities[least]) {
                    least = step;
                }
            }
            segments.add(segment(begin, least, samples));
            begin = least;
        }
        segments.add(segment(begin, to, samples));
    }

    private static Segment segment(int from, int to, int samples) {
        return new Segment(from * VoiceActivity.STEP, Math.min(samples, to * VoiceActivity.STEP));
    }
}
