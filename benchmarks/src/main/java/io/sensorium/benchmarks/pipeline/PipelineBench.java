// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks.pipeline;

import ai.onnxruntime.OrtSession;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sensorium.benchmarks.load.InterleavedRuns;
import io.sensorium.benchmarks.load.Workload;
import io.sensorium.benchmarks.pipeline.FixedRateRun.Delays;
import io.sensorium.benchmarks.report.Report;
import io.sensorium.quickstart.SensoriumCommand;
import io.sensorium.quickstart.layout.DistributionLayout;
import io.sensorium.quickstart.layout.OpenedPackages;
import io.sensorium.quickstart.replay.EventProducer;
import io.sensorium.quickstart.stack.EmbeddedStack;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The whole pipeline on this machine, together with the broker and the registry. For one thread. */
public final class PipelineBench implements AutoCloseable {

    /** Runs that take no part in the throughput. */
    private static final int COLD_STARTS = 3;

    static final Map<String, String> ENCODERS =
            Map.of("image", "image-inception-mixed5", "text", "text-bge-small-en", "audio", "audio-speech-embedding");
    private static final Map<String, Double> EXPECTED =
            Map.of("text", 250.0, "image+text", 45.0, "audio+image+text", 40.0, "audio", 60.0);

    /**
     * What to run.
     *
     * @param workloads modalities joined by +, such as image+text
     * @param rounds how often each contender runs
     * @param seconds of each run
     * @param loads shares of the measured throughput at which delays are measured
     * @param loadSeconds of each such run; 0 leaves them and the exchange of models out
     * @param coldStart whether processes are started to see how long it takes
     */
    public record Plan(
            List<String> workloads,
            int rounds,
            double seconds,
            List<Double> loads,
            double loadSeconds,
            boolean coldStart) {}

    private final Plan plan;
    private final Path folder;
    private final PrintStream progress;
    private final EmbeddedStack stack;
    private final Report report = new Report("pipeline");

    /**
     * @param folder of its own, for broker and state
     * @throws IOException when broker or registry do not start
     */
    public PipelineBench(Plan plan, Path folder, PrintStream progress) throws IOException {
        this.plan = plan;
        this.folder = folder;
        this.progress = progress;
        this.stack = EmbeddedStack.start(DistributionLayout.stackDistributions(), folder);
    }

    /**
     * Runs everything.
     *
     * @throws Exception when a contender fails
     */
    public Report run() throws Exception {
        InterleavedRuns rounds = new InterleavedRuns(plan.rounds(), plan.seconds(), progress);
        Map<String, Double> rates = new LinkedHashMap<>();
        for (String workload : plan.workloads()) {
            MediaEvents events = events(workload);
            int threads = Runtime.getRuntime().availableProcessors();
            Map<String, Callable<Workload>> contenders = new LinkedHashMap<>();
            contenders.put(
                    InterleavedRuns.OURS,
                    () -> new PipelineLoad(stack, folder, events, ENCODERS, EXPECTED.getOrDefault(workload, 40.0), 2));
            contenders.put("limit-one-process", () -> {
                List<Workload.Worker> workers = new ArrayList<>();
                AtomicInteger next = new AtomicInteger();
                for (int i = 0; i < threads; i++) {
                    workers.add(new SingleProcessBaseline(events, ENCODERS, next));
                }
                return Workload.threads(workers);
            });
            if (!events.modalities().contains("audio")) {
                contenders.put("limit-raw-onnxruntime", () -> bare(events, threads));
            }
            rates.put(
                    workload,
                    rounds.measure(workload, contenders, "events", report).get(InterleavedRuns.OURS));
        }
        if (plan.loadSeconds() > 0) {
            String workload = plan.workloads().get(0);
            FixedRateRun paced = new FixedRateRun(stack, folder, events(workload), ENCODERS);
            for (double load : plan.loads()) {
                for (String guarantee : List.of("exactly_once", "at_least_once")) {
                    delays(paced, workload, load, rates.get(workload), guarantee);
                }
            }
            exchange(
                    paced,
                    "head",
                    rates.get(workload),
                    "{operators: {sentiment: sentiment-hierarchical}}",
                    "sentiment-hierarchical");
            if (workload.contains("text")) {
                exchange(
                        paced,
                        "encoder-and-head",
                        rates.get(workload),
                        "{encoders: {text: text-bge-tokens}, operators: {sentiment: sentiment-hierarchical}}",
                        "sentiment-hierarchical");
            }
        }
        if (plan.coldStart()) {
            coldStart(plan.workloads().get(0));
        }
        return report;
    }

    private static MediaEvents events(String workload) throws IOException {
        List<String> modalities = List.of(workload.split("\\+"));
        if (!ENCODERS.keySet().containsAll(modalities)) {
            throw new IllegalArgumentException("no workload \"" + workload + "\"; expected modalities joined by +, of "
                    + ENCODERS.keySet().stream().sorted().toList());
        }
        return SingleProcessBaseline.sound(MediaEvents.of(modalities), ENCODERS);
    }

    private static Workload bare(MediaEvents events, int threads) throws Exception {
        OrtSession image = RawOnnxRuntimeBaseline.session(ENCODERS.get("image"));
        OrtSession text = RawOnnxRuntimeBaseline.session(ENCODERS.get("text"));
        List<Workload.Worker> workers = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            workers.add(new RawOnnxRuntimeBaseline(events, ENCODERS, image, text));
        }
        return Workload.threads(workers);
    }

    private void delays(FixedRateRun paced, String workload, double load, double rate, String guarantee)
            throws Exception {
        Delays delays = paced.run(load * rate, plan.loadSeconds(), guarantee, null);
        ObjectNode run = report.run(
                "ours-%s-load-%d-%s".formatted(workload, Math.round(100 * load), guarantee.replace('_', '-')));
        quantiles(run, "", delays.steady());
        progress.printf(
                "%s at %.0f %% load, %s: delay p50 %.0f p95 %.0f p99 %.0f ms of %d results%n",
                workload,
                100 * load,
                guarantee,
                Delays.quantile(delays.steady(), 0.5),
                Delays.quantile(delays.steady(), 0.95),
                Delays.quantile(delays.steady(), 0.99),
                delays.steady().length);
    }

    private static void quantiles(ObjectNode run, String prefix, double[] sorted) {
        run.put(prefix + "p50_ms", Math.round(Delays.quantile(sorted, 0.5)))
                .put(prefix + "p95_ms", Math.round(Delays.quantile(sorted, 0.95)))
                .put(prefix + "p99_ms", Math.round(Delays.quantile(sorted, 0.99)))
                .put(prefix + "results", sorted.length);
    }

    private void exchange(FixedRateRun paced, String what, double rate, String rollout, String model) throws Exception {
        Delays delays = paced.run(rate / 4, 3 * Math.max(12, plan.loadSeconds()), "exactly_once", rollout);
        if (!delays.models().contains(model)) {
            throw new IllegalStateException(
                    "the rollout " + rollout + " did not take over; results are by " + delays.models());
        }
        ObjectNode run = report.run("ours-exchange-" + what);
        quantiles(run, "steady_", delays.steady());
        quantiles(run, "exchange_", delays.after());
        double ratio = Delays.quantile(delays.after(), 0.99) / Delays.quantile(delays.steady(), 0.99);
        report.ratio("exchange-p99-" + what, ratio, 1);
        progress.printf(
                "exchange of %s at 25 %% load: p99 %.0f ms, steady %.0f ms: %.2f times%n",
                what, Delays.quantile(delays.after(), 0.99), Delays.quantile(delays.steady(), 0.99), ratio);
    }

    /** From the start of a {@code run} process until its first result is committed and read, its topics being full. */
    private void coldStart(String workload) throws Exception {
        MediaEvents events = events(workload);
        List<Double> seconds = new ArrayList<>();
        for (int i = 0; i < COLD_STARTS; i++) {
            String name = "cold-" + System.nanoTime();
            try (EventProducer producer = PipelineLoad.producer(stack, name)) {
                Instant past = Instant.now().minusSeconds(86_400);
                for (int subject = 0; subject < 300; subject++) {
                    for (String modality : events.modalities()) {
                        producer.send(events.event(subject, modality), past.plusMillis(subject * MediaEvents.STEP_MS));
                    }
                }
                producer.flush();
            }
            Path file = folder.resolve(name + ".yaml");
            Files.writeString(
                    file,
                    PipelineLoad.yaml(
                            stack,
                            name,
                            events,
                            ENCODERS,
                            "strategy: tumbling, size: 200ms",
                            "parallelism: 2, checkpoint_interval: 1s, state_dir: \"" + folder.resolve(name) + "\""));
            long start = System.nanoTime();
            Process process = command("run", "-c", file.toString());
            try (CommittedResults results = new CommittedResults(
                    stack.bootstrapServers(), stack.registryUrl(), name + ".results", PipelineLoad.PARTITIONS)) {
                while (results.count() == 0) {
                    results.poll();
                    if (!process.isAlive() || System.nanoTime() - start > TimeUnit.MINUTES.toNanos(3)) {
                        throw new IOException("run wrote nothing; see " + folder);
                    }
                }
                seconds.add((System.nanoTime() - start) / 1e9);
                progress.printf("cold start %d: first result committed after %.1f s%n", i + 1, seconds.get(i));
            } finally {
                process.destroyForcibly().waitFor();
            }
        }
        report.run("ours-cold-start").put("first_result_ms", Math.round(1000 * InterleavedRuns.median(seconds)));
    }

    private Process command(String... arguments) throws IOException {
        List<String> command =
                new ArrayList<>(List.of(ProcessHandle.current().info().command().orElse("java")));
        command.addAll(OpenedPackages.options());
        command.addAll(DistributionLayout.jvmOptions());
        command.addAll(List.of(
                "-Xmx1g",
                "-XX:+UseParallelGC",
                "-Dai.djl.offline=true",
                "-DOPT_OUT_TRACKING=true",
                "-Dsensorium.log=" + folder.resolve("cold.log"),
                SensoriumCommand.class.getName()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("cold.out").toFile());
        builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
        return builder.start();
    }

    /** What was measured so far. */
    public Report report() {
        return report;
    }

    @Override
    public void close() {
        stack.close();
    }
}
