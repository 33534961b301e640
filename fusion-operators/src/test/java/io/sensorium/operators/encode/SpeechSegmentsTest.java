// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.encode;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.operators.encode.SpeechSegments.Segment;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SpeechSegmentsTest {

    private static final int STEP = VoiceActivity.STEP;

    private static float[] steps(double... secondsAndProbabilities) {
        float[] steps = new float[0];
        for (int i = 0; i < secondsAndProbabilities.length; i += 2) {
            int from = steps.length;
            steps = Arrays.copyOf(steps, from + (int) Math.round(secondsAndProbabilities[i] * 16_000 / STEP));
            Arrays.fill(steps, from, steps.length, (float) secondsAndProbabilities[i + 1]);
        }
        return steps;
    }

    private static List<Segment> of(float[] steps) {
        return SpeechSegments.of(steps, steps.length * STEP);
    }

    @Test
    void silenceHasNone() {
        assertThat(of(steps(5, 0.1))).isEmpty();
        assertThat(of(steps(5, 0.4))).isEmpty();
        assertThat(of(steps(0.03, 0.9))).isEmpty();
    }

    @Test
    void speechHasAMarginAndAShortPauseDoesNotEndIt() {
        List<Segment> segments = of(steps(2, 0, 1, 0.9, 0.8, 0, 1, 0.9, 3, 0));

        assertThat(segments).hasSize(1);
        assertThat(segments.get(0).from() / 16_000.0).isBetween(1.7, 1.9);
        assertThat(segments.get(0).to() / 16_000.0).isBetween(4.9, 5.1);
    }

    @Test
    void aLongPauseMakesTwo() {
        assertThat(of(steps(1, 0.9, 3, 0, 1, 0.9))).hasSize(2);
    }

    @Test
    void longSpeechIsCutWhereItIsLeastProbable() {
        List<Segment> segments = of(steps(12, 0.9, 0.1, 0.6, 12, 0.9));

        assertThat(segments).hasSize(2);
        assertThat(segments.get(0).to() / 16_000.0).isBetween(11.9, 12.2);
        assertThat(segments.get(1).from()).isEqualTo(segments.get(0).to());
    }

    /** Of any probabilities: in order, within the clip, none too long, and all steps of likely speech are covered. */
    @Test
    void simulation() {
        for (int seed = 0; seed < 2_000; seed++) {
            Random random = new Random(seed);
            float[] steps = new float[1 + random.nextInt(2_000)];
            float level = random.nextFloat();
            for (int i = 0; i < steps.length; i++) {
                level = random.nextInt(20) == 0 ? random.nextFloat() : level;
                steps[i] = level;
            }
            int samples = steps.length * STEP - random.nextInt(STEP);
            int before = 0;
            List<Segment> segments = SpeechSegments.of(steps, samples);
            for (Segment segment : segments) {
                assertThat(segment.from()).as("seed %d", seed).isGreaterThanOrEqualTo(before);
                assertThat(segment.to()).isGreaterThan(segment.from()).isLessThanOrEqualTo(samples);
                assertThat(segment.to() - segment.from()).isLessThanOrEqualTo(SpeechSegments.LONGEST * 16_000);
                before = segment.to();
            }
            for (int step = 0; step + 4 < steps.length; step++) {
                boolean spoken = true;
                for (int next = 0; next < 4; next++) {
                    spoken &= steps[step + next] >= 0.5f;
                }
                int at = step * STEP;
                if (spoken) {
                    assertThat(segments)
                            .as("seed %d, step %d", seed, step)
                            .anyMatch(segment -> segment.from() <= at && at < segment.to());
                }
            }
        }
    }
}
