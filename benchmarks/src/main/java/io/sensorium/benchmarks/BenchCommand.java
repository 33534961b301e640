// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks;

import io.sensorium.benchmarks.align.AlignBench;
import io.sensorium.benchmarks.align.Contender;
import io.sensorium.benchmarks.inference.InferenceBench;
import io.sensorium.benchmarks.pipeline.PipelineBench;
import io.sensorium.benchmarks.pipeline.SizingBench;
import io.sensorium.benchmarks.preprocessing.PreprocessingBench;
import io.sensorium.benchmarks.report.Report;
import io.sensorium.quickstart.SensoriumCommand;
import io.sensorium.quickstart.layout.DistributionLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.flink.util.FileUtils;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code ./sensorium bench}. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        description = "Compares this project with its peers in one run on this machine.",
        subcommands = {
            BenchCommand.Align.class,
            LatencyCommand.class,
            FormatsCommand.class,
            BankBenchCommand.class,
            BenchCommand.Inference.class,
            BenchCommand.Preprocessing.class,
            BenchCommand.Pipeline.class,
            BenchCommand.SizingCosts.class
        })
public final class BenchCommand {

    private BenchCommand() {}

    public static void main(String[] args) {
        int code =
                SensoriumCommand.commandLine().addSubcommand(new BenchCommand()).execute(args);
        System.out.flush();
        Runtime.getRuntime().exit(code);
    }

    /** {@code bench align}. */
    @Command(
            name = "align",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            description = "Alignment compared with chained Flink interval joins, a Flink window coGroup and Kafka "
                    + "Streams' joins: events per second, emit delay, state.")
    static final class Align implements Callable<Integer> {

        @Option(
                names = "--subjects",
                split = ",",
                defaultValue = "10000,1000000",
                description = "Numbers of subjects, at least 20 each. Default: ${DEFAULT-VALUE}.")
        private List<Integer> subjects;

        @Option(
                names = "--events",
                defaultValue = "0",
                description = "Events of a throughput run. Default: 3,000,000, but at least three per subject.")
        private int events;

        @Option(
                names = "--triples-per-second",
                defaultValue = "500",
                description = "Maximum per second of event time; 30 times as many events are open at once. Default: "
                        + "${DEFAULT-VALUE}.")
        private int triplesPerSecond;

        @Option(
                names = "--paced-seconds",
                defaultValue = "60",
                description =
                        "Length of the run at a fixed rate, at least 40; 0 skips delay and state. Default: ${DEFAULT-VALUE}.")
        private int pacedSeconds;

        @Option(
                names = "--contenders",
                split = ",",
                description = "Contenders that take part: ${COMPLETION-CANDIDATES}. Default: all.")
        private List<Contender> contenders = List.of(Contender.values());

        @Option(
                names = "--heap",
                defaultValue = "1500m",
                description = "Heap size of each contender. Default: ${DEFAULT-VALUE}.")
        private String heap;

        @Option(names = "--json", description = "File for the figures.")
        private Path json;

        @Override
        public Integer call() throws Exception {
            if (subjects.stream().anyMatch(number -> number < 20)
                    || triplesPerSecond < 1
                    || pacedSeconds != 0 && pacedSeconds < 40) {
                System.err.println("bench align: --subjects must be at least 20, --triples-per-second at least 1, "
                        + "--paced-seconds at least 40, or 0");
                return 2;
            }
            return in("bench-align-", this::measure);
        }

        private int measure(Path folder) throws Exception {
            try (AlignBench bench = new AlignBench(
                    new AlignBench.Plan(contenders, subjects, events, triplesPerSecond, pacedSeconds, heap),
                    folder,
                    System.out)) {
                try {
                    bench.run();
                } finally {
                    // What was measured before a contender failed is worth keeping.
                    print(bench.report(), json);
                }
            }
            return 0;
        }
    }

    /** {@code bench inference}. */
    @Command(
            name = "inference",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            description =
                    "The engine and the heads compared with bare ONNX Runtime on ready tensors, one run per record "
                            + "in a Flink map, and DJL's predictor.")
    static final class Inference implements Callable<Integer> {

        @Option(
                names = "--workloads",
                split = ",",
                defaultValue = "text,image,heads,text-precision",
                description = "Some of text, image, heads, text-precision. Default: ${DEFAULT-VALUE}.")
        private List<String> workloads;

        @Mixin
        private final MeasuredRuns runs = new MeasuredRuns(5, 5);

        @Override
        public Integer call() throws Exception {
            if (runs.refused("bench inference")) {
                return 2;
            }
            Report report;
            try {
                report = new InferenceBench(new InferenceBench.Plan(workloads, runs.rounds, runs.seconds), System.out)
                        .run();
            } catch (IllegalArgumentException e) {
                System.err.println("bench inference: " + e.getMessage());
                return 2;
            }
            return print(report, runs.json);
        }
    }

    /** {@code bench preprocessing}. */
    @Command(
            name = "preprocessing",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            description = "Decoding, resizing and resampling compared with libjpeg-turbo and FFmpeg as processes, one "
                    + "thread each.")
    static final class Preprocessing implements Callable<Integer> {

        @Mixin
        private final MeasuredRuns runs = new MeasuredRuns(5, 3);

        @Override
        public Integer call() throws Exception {
            if (runs.refused("bench preprocessing")) {
                return 2;
            }
            PreprocessingBench.Plan plan = new PreprocessingBench.Plan(runs.rounds, runs.seconds);
            return in(
                    "bench-preprocessing-",
                    folder -> print(new PreprocessingBench(plan, folder, System.out).run(), runs.json));
        }
    }

    /** {@code bench pipeline}. */
    @Command(
            name = "pipeline",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            description =
                    "Kafka to Kafka, exactly once, compared with one process without Kafka and bare ONNX Runtime; "
                            + "delays under load and while models are exchanged; cold start.")
    static final class Pipeline implements Callable<Integer> {

        @Option(
                names = "--workloads",
                split = ",",
                defaultValue = "image+text,text,audio",
                description =
                        "Modalities joined by +; delays are measured for the first workload. Default: ${DEFAULT-VALUE}.")
        private List<String> workloads;

        @Mixin
        private final MeasuredRuns runs = new MeasuredRuns(3, 20);

        @Option(
                names = "--loads",
                split = ",",
                defaultValue = "0.25,0.5,0.8",
                description =
                        "Loads at which delays are measured, as fractions of the throughput. Default: ${DEFAULT-VALUE}.")
        private List<Double> loads;

        @Option(
                names = "--load-seconds",
                defaultValue = "30",
                description = "Duration of each of those; 0 skips delays and the exchange of models. Default: "
                        + "${DEFAULT-VALUE}.")
        private double loadSeconds;

        @Option(names = "--no-cold-start", description = "Skip the cold starts.")
        private boolean noColdStart;

        @Override
        public Integer call() throws Exception {
            boolean refused = runs.refused("bench pipeline");
            if (loadSeconds < 0 || loads.stream().anyMatch(load -> !(load > 0 && load < 1))) {
                System.err.println("bench pipeline: --load-seconds must not be negative, --loads between 0 and 1");
                refused = true;
            }
            if (refused) {
                return 2;
            }
            return in("bench-pipeline-", this::measure);
        }

        private int measure(Path folder) throws Exception {
            PipelineBench.Plan plan =
                    new PipelineBench.Plan(workloads, runs.rounds, runs.seconds, loads, loadSeconds, !noColdStart);
            try (PipelineBench bench = new PipelineBench(plan, folder, System.out)) {
                try {
                    bench.run();
                } catch (IllegalArgumentException e) {
                    System.err.println("bench pipeline: " + e.getMessage());
                    return 2;
                } finally {
                    print(bench.report(), runs.json);
                }
            }
            return 0;
        }
    }

    /** {@code bench sizing}. */
    @Command(
            name = "sizing",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            description = "The cost of an event of each modality, for ./sensorium size --costs; and whether the costs "
                    + "add up at parallelism 1 and 2.")
    static final class SizingCosts implements Callable<Integer> {

        @Option(
                names = "--seconds",
                defaultValue = "30",
                description = "Duration of each run. Default: ${DEFAULT-VALUE}.")
        private double seconds;

        @Option(names = "--json", description = "File for the figures.")
        private Path json;

        @Override
        public Integer call() throws Exception {
            if (seconds <= 0) {
                System.err.println("bench sizing: --seconds must be more than 0");
                return 2;
            }
            return in("bench-sizing-", folder -> {
                try (SizingBench bench = new SizingBench(seconds, folder, System.out)) {
                    return print(bench.run(), json);
                }
            });
        }
    }

    /** A measurement in a folder of its own, for its broker's and contenders' data. */
    interface Measurement {
        int run(Path folder) throws Exception;
    }

    /**
     * Runs a measurement and deletes its folder, which may hold gigabytes; it stays, with its logs, where the
     * measurement fails.
     */
    static int in(String prefix, Measurement measurement) throws Exception {
        Path parent = Files.createDirectories(DistributionLayout.workFolder());
        Path folder = Files.createTempDirectory(parent, prefix);
        int exitCode = measurement.run(folder);
        FileUtils.deleteDirectory(folder.toFile());
        return exitCode;
    }

    static int print(Report report, Path json) throws IOException {
        System.out.println(report);
        if (json != null) {
            report.write(json);
        }
        return 0;
    }
}
