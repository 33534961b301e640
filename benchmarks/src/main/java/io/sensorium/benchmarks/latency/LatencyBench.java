// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks.latency;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sensorium.benchmarks.load.ContenderJvm;
import io.sensorium.benchmarks.report.Report;
import io.sensorium.quickstart.SensoriumCommand;
import io.sensorium.quickstart.layout.DistributionLayout;
import io.sensorium.quickstart.stack.ChildProcess;
import io.sensorium.quickstart.stack.EmbeddedStack;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The benchmark's course: for each guarantee, every contender in turn, each at all rates in one process. The delay is
 * from the moment at which a subject's three events are handed to a producer to the moment at which a consumer has the
 * result, both in this process. Ours writes two results a window: a PROVISIONAL one as soon as its events are there, as
 * the joins do, and a FINAL one at the session's end. For one thread.
 */
public final class LatencyBench implements AutoCloseable {

    private static final Duration START = Duration.ofMinutes(2);
    private static final Duration LAST_RESULTS = Duration.ofSeconds(60);

    private static final long SESSION_GAP_MS = 50;

    /** Windows a second, so that compilers see as many as the measured rates need. */
    private static final int WARM_UP_RATE = 200;

    /** Seconds of a rate after them: a session of ours ends when time goes on. */
    private static final double REST_S = 1;

    /**
     * What to run.
     *
     * @param warmUpSeconds of 200 windows a second that each contender gets first
     * @param rates windows a second, three events each
     * @param rateWarmUpSeconds of a rate before those that are measured
     * @param seconds that each rate is measured for
     * @param intervalMs between checkpoints or commits
     * @param heap of each contender, as {@code -Xmx} has it
     */
    public record Plan(
            List<LatencyContender> contenders,
            List<Guarantee> guarantees,
            double warmUpSeconds,
            List<Integer> rates,
            double rateWarmUpSeconds,
            double seconds,
            long intervalMs,
            String heap) {}

    private final EmbeddedStack stack;
    private final Path folder;
    private final Plan plan;
    private final PrintStream progress;
    private final Report report = new Report("latency");

    /**
     * Starts broker and registry.
     *
     * @throws IOException when they do not start
     */
    public LatencyBench(Plan plan, Path folder, PrintStream progress) throws IOException {
        this.plan = plan;
        this.folder = folder;
        this.progress = progress;
        this.stack = EmbeddedStack.start(DistributionLayout.stackDistributions(), folder);
    }

    /**
     * Runs everything.
     *
     * @throws IOException when a contender fails or a result does not come
     */
    public Report run() throws IOException {
        for (Guarantee guarantee : plan.guarantees()) {
            for (LatencyContender contender : plan.contenders()) {
                measure(contender, guarantee);
            }
            for (int rate : plan.rates()) {
                ratios(guarantee, rate);
            }
        }
        return report;
    }

    /** What is measured so far. */
    public Report report() {
        return report;
    }

    private void measure(LatencyContender contender, Guarantee guarantee) throws IOException {
        Place place = new Place(
                stack.bootstrapServers(),
                stack.registryUrl(),
                "latency-" + contender.label() + "-" + guarantee.label(),
                guarantee,
                plan.intervalMs(),
                folder.resolve(contender.label() + "-" + guarantee.label()));
        Files.createDirectories(place.folder());
        stack.broker().createTopics(1, place.input("image"), place.input("text"), place.input("audio"), place.output());
        int warmUp = (int) (WARM_UP_RATE * plan.warmUpSeconds());
        int all = warmUp + plan.rates().stream().mapToInt(this::windows).sum() + (int) START.toSeconds() * 2;
        int results = contender == LatencyContender.OURS ? 2 : 1;
        // The schemas of the inputs are registered before ours checks them.
        try (WindowSender sender = new WindowSender(place);
                DelayWatcher delays = new DelayWatcher(place, all);
                ChildProcess process = start(contender, place)) {
            int window = awaitStart(contender, process, sender, delays);
            sender.send(delays, window, warmUp, WARM_UP_RATE);
            window += warmUp;
            for (int rate : plan.rates()) {
                sender.send(delays, window, windows(rate), rate);
                process.requireAlive();
                int first = window + (int) (rate * plan.rateWarmUpSeconds());
                int measured = (int) (rate * plan.seconds());
                delays.await(first, measured, results, LAST_RESULTS);
                ObjectNode run = report.run(name(contender, guarantee, rate));
                delays.report(first, measured, 1, "", run);
                if (results == 2) {
                    delays.report(first, measured, 2, "final_", run);
                }
                progress.printf(
                        Locale.ROOT,
                        "%-28s %-14s %,6d windows/s: p50 %.1f, p95 %.1f, p99 %.1f, max %.1f ms%n",
                        contender.label(),
                        guarantee.label(),
                        rate,
                        run.get("p50_ms").asDouble(),
                        run.get("p95_ms").asDouble(),
                        run.get("p99_ms").asDouble(),
                        run.get("max_ms").asDouble());
                window += windows(rate);
            }
        }
    }

    /** Sends a window twice a second until one has a result. */
    private int awaitStart(LatencyContender contender, ChildProcess process, WindowSender sender, DelayWatcher delays)
            throws IOException {
        long begin = System.nanoTime();
        for (int window = 0; System.nanoTime() - begin < START.toNanos(); window++) {
            sender.send(delays, window, 1, 1);
            process.requireAlive();
            try {
                delays.await(window, 1, 1, Duration.ofMillis(500));
                return window + 1;
            } catch (IOException e) {
                // Not yet.
            }
        }
        throw new IOException(contender.label() + " gave no result within " + START.toSeconds() + " s; see " + folder);
    }

    private int windows(int rate) {
        return (int) (rate * (plan.rateWarmUpSeconds() + plan.seconds() + REST_S));
    }

    private static String name(LatencyContender contender, Guarantee guarantee, int rate) {
        return contender.label() + "-" + guarantee.label() + "-" + rate;
    }

    private void ratios(Guarantee guarantee, int rate) {
        ObjectNode ours = report.run(name(LatencyContender.OURS, guarantee, rate));
        for (LatencyContender peer : plan.contenders()) {
            if (peer != LatencyContender.OURS) {
                ObjectNode run = report.run(name(peer, guarantee, rate));
                String key = peer.label() + "-" + guarantee.label() + "-" + rate;
                report.ratio(key + ":p50", ours, run, "p50_ms");
                report.ratio(key + ":p99", ours, run, "p99_ms");
            }
        }
    }

    private ChildProcess start(LatencyContender contender, Place place) throws IOException {
        List<String> options = ContenderJvm.options(plan.heap(), place.folder());
        List<String> main = new ArrayList<>();
        switch (contender) {
            case OURS ->
                main.addAll(List.of(
                        SensoriumCommand.class.getName(),
                        "run",
                        "-c",
                        pipelineFile(place).toString()));
            case KAFKA_STREAMS -> main.add(StreamsJoin.class.getName());
            case INTERVAL_JOINS, INTERVAL_JOINS_TUNED -> main.add(FlinkJoin.class.getName());
            case COPY -> main.add(CopyLoop.class.getName());
        }
        if (contender != LatencyContender.OURS) {
            main.addAll(place.arguments(contender));
        }
        return ChildProcess.java(
                place.name(),
                place.folder(),
                options,
                DistributionLayout.benchmarksClassPath(contender == LatencyContender.KAFKA_STREAMS),
                main);
    }

    private Path pipelineFile(Place place) throws IOException {
        Path file = place.folder().resolve("pipeline.yaml");
        Files.writeString(file, """
                pipeline: %1$s
                kafka: {bootstrap_servers: "%2$s"}
                registry: {url: "%3$s"}
                modalities:
                  image: {topic: %1$s.image, encoder: image-inception-mixed5, out_of_orderness: 0ms, idle_timeout: 1s}
                  text: {topic: %1$s.text, encoder: text-bge-small-en, out_of_orderness: 0ms, idle_timeout: 1s}
                  audio: {topic: %1$s.audio, encoder: audio-speech-embedding, out_of_orderness: 0ms, idle_timeout: 1s}
                align: {strategy: session, gap: %4$dms, early: true, min_modalities: 3}
                operators:
                  sentiment: {type: sentiment, output: %5$s}
                side_topics: {incomplete: %1$s.incomplete, late: %1$s.late, dead_letters: %1$s.dead-letters}
                runtime: {parallelism: 1, guarantee: %6$s, checkpoint_interval: %7$dms, http: off, state_dir: "%8$s"}
                """.formatted(
                        place.name(),
                        place.bootstrapServers(),
                        place.registryUrl(),
                        SESSION_GAP_MS,
                        place.output(),
                        place.guarantee().name().toLowerCase(Locale.ROOT),
                        place.intervalMs(),
                        place.folder().resolve("state")));
        return file;
    }

    @Override
    public void close() {
        stack.close();
    }
}
