// SPDX-License-Identifier: Apache-2.0
package io.sensorium.rollup.aggregate;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.atomic.AtomicLong;

/** The metrics of the topology. Safe for several threads. */
public final class RollupMetrics {

    private final Counter counted;
    private final Counter replaced;
    private final Counter retracted;
    private final Counter late;
    private final Counter undecodable;
    private final Counter updates;
    private final Counter finals;
    private final AtomicLong watermark = new AtomicLong(Long.MIN_VALUE);

    /** Registers everything under {@code sensorium.rollup}. */
    public RollupMetrics(MeterRegistry registry) {
        counted = Counter.builder("sensorium.rollup.results")
                .description("Records of results that were counted")
                .register(registry);
        replaced = Counter.builder("sensorium.rollup.results.replaced")
                .description("Records that replaced an earlier one of the same id")
                .register(registry);
        retracted = Counter.builder("sensorium.rollup.results.retracted")
                .description("Retractions")
                .register(registry);
        late = Counter.builder("sensorium.rollup.late")
                .description("Changes that came after their window's end and grace, by window; they are not counted")
                .register(registry);
        undecodable = Counter.builder("sensorium.rollup.undecodable")
                .description("Records of the results' topics that cannot be decoded")
                .register(registry);
        updates = Counter.builder("sensorium.rollup.written")
                .tag("final", "false")
                .description("Roll-ups written")
                .register(registry);
        finals = Counter.builder("sensorium.rollup.written")
                .tag("final", "true")
                .description("Roll-ups written")
                .register(registry);
        registry.gauge(
                "sensorium.rollup.watermark.timestamp.seconds",
                watermark,
                value -> value.get() == Long.MIN_VALUE ? Double.NaN : value.get() / 1e3);
    }

    void counted(boolean replaces, boolean takesBack) {
        counted.increment();
        if (replaces) {
            replaced.increment();
        }
        if (takesBack) {
            retracted.increment();
        }
    }

    void late() {
        late.increment();
    }

    void undecodable() {
        undecodable.increment();
    }

    void written(boolean isFinal) {
        (isFinal ? finals : updates).increment();
    }

    void watermark(long value) {
        watermark.accumulateAndGet(value, Math::max);
    }
}
