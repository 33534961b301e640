// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks.inference;

import io.sensorium.benchmarks.load.InterleavedRuns;
import io.sensorium.benchmarks.report.Report;
import io.sensorium.operators.pack.ModelCatalog;
import java.io.PrintStream;
import java.util.List;

/** Each workload's contenders use as many threads as there are processors. For one thread. */
public final class InferenceBench {

    /** The ratio to this is one to a limit. */
    static final String LIMIT = "limit-raw-onnxruntime";

    static final String OURS = InterleavedRuns.OURS;

    /**
     * What to run.
     *
     * @param workloads of text, image, heads and text-precision
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

    /**
     * Runs everything.
     *
     * @throws Exception when a contender fails
     */
    public Report run() throws Exception {
        int threads = Runtime.getRuntime().availableProcessors();
        ModelCatalog catalog = ModelCatalog.bundled();
        InterleavedRuns rounds = new InterleavedRuns(plan.rounds(), plan.seconds(), progress);
        for (String workload : plan.workloads()) {
            rounds.measure(
                    workload,
                    switch (workload) {
                        case "text" -> TextWorkload.contenders(catalog, threads);
                        case "image" -> ImageWorkload.contenders(catalog, threads);
                        case "heads" -> HeadWorkload.contenders(catalog, threads);
                        case "text-precision" -> TextWorkload.precisions(catalog);
                        default ->
                            throw new IllegalArgumentException("no workload \"" + workload
                                    + "\"; expected some of text, image, heads, text-precision");
                    },
                    "records",
                    report);
        }
        return report;
    }
}
