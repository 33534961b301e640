// SPDX-License-Identifier: Apache-2.0
package io.sensorium.rollup.feed;

import com.fasterxml.jackson.databind.node.ArrayNode;
import io.sensorium.results.SentimentResult;
import io.sensorium.rollup.result.DisplayText;
import io.sensorium.schemas.ResultStatus;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/**
 * Final sentiment scores by the second of their arrival, group and label, for the curve: exact at any rate, where the
 * list of results is a sample. For one thread.
 */
final class SentimentTimeSeries {

    /** What is kept for who comes later. */
    private static final int SECONDS = 600;

    /** More groups than this are one. */
    private static final int MAX_GROUPS = 200;

    /** @param group null where the pipeline forms no groups */
    private record Cell(String group, String label) {}

    private record Second(long at, Map<Cell, double[]> sums) {}

    private final Deque<Second> seconds = new ArrayDeque<>();
    private Map<Cell, double[]> open = new HashMap<>();

    void add(SentimentResult result, String group) {
        if (ResultStatus.FINAL.matches(result.getStatus())) {
            Cell cell = new Cell(group, result.getLabel());
            double[] sum = open.computeIfAbsent(
                    open.size() < MAX_GROUPS * 3 || open.containsKey(cell) ? cell : new Cell("…", cell.label()),
                    c -> new double[2]);
            sum[0]++;
            sum[1] += result.getScore();
        }
    }

    /**
     * Ends a second.
     *
     * @param at its end, in ms
     * @return its cells as {@code [group, label, count, sum of scores]}
     */
    ArrayNode tick(long at) {
        Second second = new Second(at, open);
        open = new HashMap<>();
        seconds.addLast(second);
        while (seconds.size() > SECONDS) {
            seconds.removeFirst();
        }
        return cells(second);
    }

    /** All kept seconds with any score, as {@code [at, cells]}. */
    ArrayNode history() {
        ArrayNode history = DisplayText.JSON.createArrayNode();
        seconds.stream()
                .filter(second -> !second.sums().isEmpty())
                .forEach(second -> history.addArray().add(second.at()).add(cells(second)));
        return history;
    }

    private static ArrayNode cells(Second second) {
        ArrayNode cells = DisplayText.JSON.createArrayNode();
        second.sums()
                .forEach((cell, sum) -> cells.addArray()
                        .add(cell.group())
                        .add(cell.label())
                        .add((long) sum[0])
                        .add(sum[1]));
        return cells;
    }
}
