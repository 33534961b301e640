package io.sensorium.benchmarks.inference;

import io.sensorium.benchmarks.Report;
import io.sensorium.operators.pack.ModelCatalog;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/**
 * Everyone in turn, round by round, so that a machine that gets slower is slower for all; the median of the rounds counts. Each workload's
 * contenders use as many threads as there are processors. For one thread.
 */
public final class InferenceBench {

    /** The ratio to this is one to a limit. */
    static final String LIMIT = "limit-raw-onnxruntime";

    static final String OURS = "ours";

    /**
     * What to run.
     *
     * @param workloads of text, image and heads
     * @param rounds how often each contender runs
     * @param seconds of each run; one before the first round warms up
     */
    public record Plan(List<String> workloads, int rounds, double seconds) {}

    private final Plan plan;
    private final PrintStream progress;
    private final Report report = new Report("inference");

    public InferenceBench(Plan plan, PrintStream progress) {
        this.plan = plan;
        this.progress = progress;
    }

    /** Runs everything. @throws Exception when a contender fails */
    public Report run() throws Exception {
        int threads = Runtime.getRuntime().availableProcessors();
        ModelCatalog catalog = ModelCatalog.bundled();
        for (String workload : plan.workloads()) {
            measure(workload, switch (workload) {
                case "text" -> TextWorkload.contenders(catalog, threads);
                case "image" -> ImageWorkload.contenders(catalog, threads);
                case "heads" -> HeadWorkload.contenders(catalog, threads);
                default -> throw new IllegalArgumentException("no workload \"" + workload + "\"; expected some of text, image, heads");
            });
        }
        return report;
    }

    private void measure(String workload, Map<String, Callable<Load>> contenders) throws Exception {
        Map<String, Load> open = new LinkedHashMap<>();
        Map<String, List<Double>> rates = new LinkedHashMap<>();
        try {
            for (Map.Entry<String, Callable<Load>> contender : contenders.entrySet()) {
                open.put(contender.getKey(), contender.getValue().call());
                open.get(contender.getKey()).run(plan.seconds());
            }
            for (int round = 0; round < plan.rounds(); round++) {
                for (Map.Entry<String, Load> contender : open.entrySet()) {
                    double rate = contender.getValue().run(plan.seconds());
                    progress.printf("%-8s round %d  %-24s %,12.1f records/s%n", workload, round + 1, contender.getKey(), rate);
                    rates.computeIfAbsent(contender.getKey(), key -> new ArrayList<>()).add(rate);
                }
            }
        } finally {
            for (Load load : open.values()) {
                load.close();
            }
        }
        rates.forEach((contender, all) -> report.run(contender + "-" + workload).put("events_per_s", Math.round(10 * median(all)) / 10.0));
        rates.keySet().stream().filter(contender -> !contender.equals(OURS))
                .forEach(contender -> report.ratio(contender + "-" + workload, median(rates.get(OURS)), median(rates.get(contender))));
    }

    private static double median(List<Double> values) {
        double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
