// SPDX-License-Identifier: Apache-2.0
package io.sensorium.rollup.aggregate;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.rollup.aggregate.AggregatorMessage.Progress;
import org.junit.jupiter.api.Test;

/** A window is over when the slowest partition has passed it, unless that one is silent. */
class ResultsWatermarkTest {

    @Test
    void waitsForThePartitionThatIsBehind() {
        ResultsWatermark watermark = new ResultsWatermark(2, Long.MIN_VALUE);
        assertThat(watermark.advance(new Progress(0, 1000, false)))
                .as("the other has not reported")
                .isEqualTo(Long.MIN_VALUE);
        assertThat(watermark.advance(new Progress(1, 10, false))).isEqualTo(10);
        assertThat(watermark.advance(new Progress(0, 9000, false))).isEqualTo(10);
        assertThat(watermark.advance(new Progress(1, 5000, false))).isEqualTo(5000);
    }

    @Test
    void doesNotWaitForASilentOneAndNeverGoesBack() {
        ResultsWatermark watermark = new ResultsWatermark(2, Long.MIN_VALUE);
        watermark.advance(new Progress(0, 1000, false));
        assertThat(watermark.advance(new Progress(1, Long.MIN_VALUE, true))).isEqualTo(1000);
        assertThat(watermark.advance(new Progress(1, 10, false)))
                .as("it came back with something old")
                .isEqualTo(1000);
        assertThat(watermark.advance(new Progress(1, 10, true))).isEqualTo(1000);
        assertThat(watermark.advance(new Progress(0, 2000, true)))
                .as("all are silent: the largest")
                .isEqualTo(2000);
    }

    @Test
    void aRestartedTaskTakesNothingBack() {
        ResultsWatermark watermark = new ResultsWatermark(1, 500);
        assertThat(watermark.value()).isEqualTo(500);
        watermark.advance(new Progress(0, 800, false));
        assertThat(watermark.advance(new Progress(0, Long.MIN_VALUE, false))).isEqualTo(800);
    }
}
