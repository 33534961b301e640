// SPDX-License-Identifier: Apache-2.0
package io.sensorium.rollup.aggregate;

import java.util.Map;
import java.util.TreeMap;

/**
 * How far all partitions of the results have come: the smallest of them, except idle ones; undefined until every
 * partition has reported. When all are idle, the largest. Never goes back. Pure; for one thread.
 */
final class ResultsWatermark {

    private final int partitions;
    private final Map<Integer, AggregatorMessage.Progress> reported = new TreeMap<>();
    private long value;

    /**
     * @param partitions of the results
     * @param value where it was left
     */
    ResultsWatermark(int partitions, long value) {
        this.partitions = partitions;
        this.value = value;
    }

    /**
     * Updates the progress of a partition.
     *
     * @return the watermark now
     */
    long advance(AggregatorMessage.Progress progress) {
        AggregatorMessage.Progress before = reported.get(progress.partition());
        // A restarted task has seen nothing yet, which does not undo the progress of its predecessor.
        reported.put(
                progress.partition(),
                before == null || before.instant() < progress.instant()
                        ? progress
                        : new AggregatorMessage.Progress(progress.partition(), before.instant(), progress.idle()));
        if (reported.size() >= partitions) {
            long least = Long.MAX_VALUE;
            long largest = Long.MIN_VALUE;
            boolean allIdle = true;
            for (AggregatorMessage.Progress each : reported.values()) {
                largest = Math.max(largest, each.instant());
                if (!each.idle()) {
                    allIdle = false;
                    least = Math.min(least, each.instant());
                }
            }
            value = Math.max(value, allIdle ? largest : least);
        }
        return value;
    }

    long value() {
        return value;
    }
}
