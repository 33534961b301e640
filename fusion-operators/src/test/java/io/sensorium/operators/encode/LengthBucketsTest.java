// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.encode;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Rows of one run are alike in length. */
class LengthBucketsTest {

    @Test
    void aRunEndsWherePaddingOrRowsWouldBeTooMany() {
        // In order 4 5 5 10: at a fifth, 4 5 5 pad one of 15; with 10 it would be 16 of 40.
        assertThat(BatchEncoder.runs(new int[] {5, 10, 4, 5}, 8, 0.2))
                .containsExactly(new int[] {2, 0, 3}, new int[] {1});
        assertThat(BatchEncoder.runs(new int[] {5, 5, 5, 5, 5}, 2, 0)).hasSize(3);
        assertThat(BatchEncoder.runs(new int[] {5, 6}, 8, 0))
                .as("no padding at all")
                .hasSize(2);
        assertThat(BatchEncoder.runs(new int[] {}, 8, 0)).isEmpty();
    }

    @Test
    void everyRowRunsOnceWithinTheLimitWhateverTheLengths() {
        Random random = new Random(4);
        for (int round = 0; round < 200; round++) {
            int[] lengths = random.ints(random.nextInt(60), 1, 512).toArray();
            int maxBatch = 1 + random.nextInt(16);
            double limit = random.nextInt(5) / 10.0;
            List<int[]> runs = BatchEncoder.runs(lengths, maxBatch, limit);
            assertThat(runs.stream().flatMapToInt(Arrays::stream).sorted().toArray())
                    .containsExactly(
                            java.util.stream.IntStream.range(0, lengths.length).toArray());
            for (int[] run : runs) {
                int longest = Arrays.stream(run).map(row -> lengths[row]).max().orElseThrow();
                int sum = Arrays.stream(run).map(row -> lengths[row]).sum();
                assertThat(run.length).isLessThanOrEqualTo(maxBatch);
                assertThat(longest * run.length - sum)
                        .isLessThanOrEqualTo((int) Math.ceil(limit * longest * run.length));
            }
        }
    }
}
