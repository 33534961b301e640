// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.operators.engine.Histogram;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Reported quantiles follow what happens now, however long it went well before. */
class BucketHistogramTest {

    private static final Duration SCRAPE = Duration.ofSeconds(15);

    private final AtomicLong clock = new AtomicLong(17);
    private final BucketHistogram histogram = new BucketHistogram(Histogram.ofSeconds(), clock::get);

    private double p99After(Duration time, int valuesPerScrape, double seconds) {
        double p99 = Double.NaN;
        for (long scrapes = time.dividedBy(SCRAPE); scrapes > 0; scrapes--) {
            for (int i = 0; i < valuesPerScrape; i++) {
                histogram.histogram().add(seconds);
            }
            clock.addAndGet(SCRAPE.toNanos());
            p99 = histogram.getStatistics().getQuantile(0.99);
        }
        return p99;
    }

    @Test
    void fiveMinutesOfSlowResultsShowAfterAMonthOfFastOnes() {
        assertThat(p99After(Duration.ofDays(30), 20, 5)).isBetween(2.5, 5.0);
        assertThat(p99After(Duration.ofMinutes(5), 20, 115)).isGreaterThan(60);
        assertThat(p99After(Duration.ofMinutes(6), 20, 5))
                .as("and are gone after five good ones")
                .isLessThanOrEqualTo(5);
        assertThat(histogram.getCount())
                .as("buckets and count cover all time")
                .isEqualTo(20L * (30 * 24 * 60 * 4 + 11 * 4));
    }

    @Test
    void silenceIsNoQuantile() {
        p99After(Duration.ofMinutes(1), 5, 0.01);
        assertThat(p99After(Duration.ofMinutes(6), 0, 0)).isNaN();
        assertThat(histogram.getStatistics().size()).isZero();
    }

    @Test
    void rareReportsCoverTheTimeSinceThePreviousOne() {
        histogram.getStatistics();
        histogram.histogram().add(0.1);
        clock.addAndGet(Duration.ofHours(2).toNanos());
        assertThat(histogram.getStatistics().size()).isEqualTo(1);
        clock.addAndGet(Duration.ofHours(2).toNanos());
        assertThat(histogram.getStatistics().size()).isZero();
    }
}
