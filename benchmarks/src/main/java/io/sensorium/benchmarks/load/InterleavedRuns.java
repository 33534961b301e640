// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks.load;

import io.sensorium.benchmarks.report.Report;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;

/**
 * Measures contenders in turn, round by round, so that a machine that gets slower is slower for all. Of rates the
 * median of the rounds counts, of ratios the median of the rounds' own, each of two runs that lie side by side.
 *
 * @param count how often each contender runs
 * @param seconds of each run; one before the first round warms up
 * @param progress gets a line for every run
 */
public record InterleavedRuns(int count, double seconds, PrintStream progress) {

    /** The contender that the others are measured against. */
    public static final String OURS = "ours";

    /**
     * Measures one workload.
     *
     * @param contenders by name, {@link #OURS} among them; a ratio to one whose name begins with {@code limit} is one
     *     to a limit
     * @param unit of what they do, such as records
     * @throws Exception when a contender fails
     */
    public Map<String, Double> measure(
            String workload, Map<String, Callable<Workload>> contenders, String unit, Report report) throws Exception {
        Map<String, Workload> open = new LinkedHashMap<>();
        Map<String, List<Double>> rates = new LinkedHashMap<>();
        try {
            for (Map.Entry<String, Callable<Workload>> contender : contenders.entrySet()) {
                open.put(contender.getKey(), contender.getValue().call());
                open.get(contender.getKey()).run(seconds);
            }
            for (int round = 0; round < count; round++) {
                for (Map.Entry<String, Workload> contender : open.entrySet()) {
                    double rate = contender.getValue().run(seconds);
                    progress.printf(
                            "%-10s round %d  %-24s %,12.1f %s/s%n",
                            workload, round + 1, contender.getKey(), rate, unit);
                    rates.computeIfAbsent(contender.getKey(), key -> new ArrayList<>())
                            .add(rate);
                }
            }
        } finally {
            for (Workload load : open.values()) {
                load.close();
            }
        }
        Map<String, Double> medians = new LinkedHashMap<>();
        rates.forEach((contender, all) -> medians.put(contender, median(all)));
        medians.forEach((contender, rate) ->
                report.run(contender + "-" + workload).put("events_per_s", Math.round(10 * rate) / 10.0));
        medians.keySet().stream()
                .filter(contender -> !contender.equals(OURS))
                .forEach(contender -> report.ratio(
                        contender + "-" + workload, median(ratios(rates.get(OURS), rates.get(contender))), 1));
        return medians;
    }

    private static List<Double> ratios(List<Double> over, List<Double> under) {
        return IntStream.range(0, over.size())
                .mapToObj(round -> over.get(round) / under.get(round))
                .toList();
    }

    /** The middle one, or the mean of the two in the middle. */
    public static double median(List<Double> values) {
        double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
