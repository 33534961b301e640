// SPDX-License-Identifier: Apache-2.0
package io.sensorium.rollup.aggregate;

import io.sensorium.pipeline.PipelineTopics;
import io.sensorium.pipeline.RollupSection.RollupWindow;
import io.sensorium.results.Rollup;
import io.sensorium.rollup.result.Totals;
import io.sensorium.schemas.RecordEncoder;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;

/** Roll-ups as records of their topic. For one thread. */
final class RollupRecords {

    private final PipelineTopics topics;
    private final RecordEncoder<Rollup> encoder;

    RollupRecords(PipelineTopics topics, RecordEncoder<Rollup> encoder) {
        this.topics = topics;
        this.encoder = encoder;
    }

    static String key(RollupWindow window, WindowKey key) {
        return window.name() + "|" + key.start() + "|" + key.group();
    }

    byte[] bytes(RollupWindow window, WindowKey key, Totals totals, boolean isFinal) {
        return encoder.encode(
                rollup(topics, window, key, totals, isFinal, Instant.ofEpochMilli(System.currentTimeMillis())));
    }

    static Rollup rollup(
            PipelineTopics topics, RollupWindow window, WindowKey key, Totals totals, boolean isFinal, Instant now) {
        String group = WindowKey.group(key.group());
        long sentiments = totals.sentiments();
        double mean = sentiments == 0 ? 0 : totals.score() / sentiments;
        Map<String, Double> shares = new TreeMap<>();
        Map.of("NEGATIVE", totals.negative(), "NEUTRAL", totals.neutral(), "POSITIVE", totals.positive())
                .forEach((label, count) -> {
                    if (count > 0) {
                        shares.put(label, (double) count / sentiments);
                    }
                });
        return new Rollup(
                topics.pipeline(),
                window.name(),
                Instant.ofEpochMilli(key.start()),
                Instant.ofEpochMilli(key.start() + window.size().toMillis()),
                group == null ? null : topics.rollup().groupBy(),
                group,
                isFinal,
                totals.complete(),
                totals.incomplete(),
                share(totals.incomplete(), totals.complete() + totals.incomplete()),
                totals.events(),
                totals.late(),
                share(totals.late(), totals.events() + totals.late()),
                sentiments,
                sentiments == 0 ? null : mean,
                sentiments == 0 ? null : Math.sqrt(Math.max(0, totals.squares() / sentiments - mean * mean)),
                shares,
                share(totals.agreement(), sentiments),
                totals.pairs(),
                share(totals.matched(), totals.pairs()),
                share(totals.probability(), totals.pairs()),
                now);
    }

    /** Null where there is nothing to divide by. */
    private static Double share(double part, long whole) {
        return whole == 0 ? null : part / whole;
    }
}
