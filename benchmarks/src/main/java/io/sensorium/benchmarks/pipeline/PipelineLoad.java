// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks.pipeline;

import io.sensorium.benchmarks.load.Workload;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.quickstart.replay.EventProducer;
import io.sensorium.quickstart.runtime.RunningPipeline;
import io.sensorium.quickstart.stack.EmbeddedStack;
import io.sensorium.quickstart.stack.LiveMetrics;
import io.sensorium.schemas.ConfluentSchemaRegistry;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The whole pipeline, Kafka to Kafka, exactly once: topics are filled, then it runs until all results are committed and
 * read back. Time runs from the first record that a source has decoded.
 */
final class PipelineLoad implements Workload {

    static final String HEAD = "sentiment-late-attention";
    static final int PARTITIONS = 2;
    private static final int CLOSERS = 8;
    private static final PrintStream SILENT = new PrintStream(OutputStream.nullOutputStream());
    private static final long PATIENCE_NANOS = TimeUnit.MINUTES.toNanos(5);

    private final EmbeddedStack stack;
    private final Path folder;
    private final MediaEvents events;
    private final Map<String, String> encoders;
    private final int parallelism;
    private double expected;
    private int run;
    private Spent spent;

    /**
     * What an event of the last run took, on average, in ms.
     *
     * @param encodeMs of the engines' workers
     * @param cpuMs of this process
     * @param brokerMs of the broker
     */
    record Spent(double encodeMs, double cpuMs, double brokerMs) {}

    /**
     * @param expected events a second, about; corrected with every run
     * @param parallelism of the job, and workers of each engine
     */
    PipelineLoad(
            EmbeddedStack stack,
            Path folder,
            MediaEvents events,
            Map<String, String> encoders,
            double expected,
            int parallelism) {
        this.parallelism = parallelism;
        this.stack = stack;
        this.folder = folder;
        this.events = events;
        this.encoders = encoders;
        this.expected = expected;
    }

    /**
     * A pipeline of its own topics.
     *
     * @param name of all of them
     */
    static String yaml(
            EmbeddedStack stack,
            String name,
            MediaEvents events,
            Map<String, String> encoders,
            String align,
            String runtime) {
        StringBuilder modalities = new StringBuilder();
        events.modalities()
                .forEach(modality -> modalities.append(
                        "  %s: {topic: %s.%s, encoder: %s, out_of_orderness: 100ms, idle_timeout: 5s}%n"
                                .formatted(modality, name, modality, encoders.get(modality))));
        return """
                pipeline: %1$s
                kafka: {bootstrap_servers: "%2$s"}
                registry: {url: "%3$s"}
                modalities:
                %4$salign: {%5$s, min_modalities: 1}
                operators:
                  sentiment: {type: sentiment, model: %6$s, output: %1$s.results}
                side_topics: {incomplete: %1$s.incomplete, late: %1$s.late, dead_letters: %1$s.dead, shadow: %1$s.shadow}
                runtime: {http: off, device: cpu, %7$s}
                """.formatted(name, stack.bootstrapServers(), stack.registryUrl(), modalities, align, HEAD, runtime);
    }

    static EventProducer producer(EmbeddedStack stack, String name) throws IOException {
        Map<String, String> topics = new LinkedHashMap<>();
        for (String modality : new String[] {"image", "text", "audio"}) {
            topics.put(modality, name + "." + modality);
        }
        stack.broker().createTopics(PARTITIONS, topics.values().toArray(String[]::new));
        return new EventProducer(
                stack.bootstrapServers(), new ConfluentSchemaRegistry(stack.registryUrl(), Map.of()), topics);
    }

    static RunningPipeline start(String yaml) throws Exception {
        return RunningPipeline.start(
                "bench.yaml", PipelineFile.parse("bench.yaml", yaml), new RunningPipeline.Mode(false, true), SILENT);
    }

    @Override
    public double run(double seconds) throws Exception {
        String name = "p" + events.modalities().size() + events.modalities().get(0) + run++ + "-" + System.nanoTime();
        int subjects =
                (int) Math.max(50, expected * seconds / events.modalities().size());
        Instant past = Instant.now().minusSeconds(86_400);
        try (EventProducer producer = producer(stack, name)) {
            for (int subject = 0; subject < subjects; subject++) {
                for (String modality : events.modalities()) {
                    producer.send(events.event(subject, modality), past.plusMillis(subject * MediaEvents.STEP_MS));
                }
            }
            // Events with several keys, so that every partition gets one after everything else: all windows close.
            for (int closer = 0; closer < CLOSERS; closer++) {
                for (String modality : events.modalities()) {
                    producer.send(
                            events.event(subjects + closer, modality),
                            past.plusMillis(subjects * MediaEvents.STEP_MS + 3_600_000));
                }
            }
            producer.flush();
        }
        Path state = Files.createDirectories(folder.resolve(name));
        String yaml = yaml(
                stack,
                name,
                events,
                encoders,
                "strategy: tumbling, size: 200ms",
                "parallelism: " + parallelism + ", workers: " + parallelism + ", checkpoint_interval: 1s, state_dir: \""
                        + state + "\"");
        long start = System.nanoTime();
        long working = 0;
        long cpu = 0;
        Duration broker = Duration.ZERO;
        try (RunningPipeline pipeline = start(yaml);
                CommittedResults results = new CommittedResults(
                        stack.bootstrapServers(), stack.registryUrl(), name + ".results", PARTITIONS)) {
            while (results.count() < subjects) {
                if (working == 0) {
                    working = LiveMetrics.sum("events_decoded_total") > 0 ? System.nanoTime() : 0;
                    cpu = processorNanos();
                    broker = stack.brokerTime();
                    TimeUnit.MILLISECONDS.sleep(5);
                } else {
                    results.poll();
                }
                if (System.nanoTime() - start > PATIENCE_NANOS + seconds * 1e9) {
                    throw new IOException(results.count() + " of " + subjects + " results were there after "
                            + (System.nanoTime() - start) / 1_000_000_000 + " s; see the log");
                }
            }
            double all = subjects * events.modalities().size();
            spent = new Spent(
                    LiveMetrics.sumOfGauges("encode_seconds_total") * 1e3 / all,
                    (processorNanos() - cpu) / 1e6 / all,
                    stack.brokerTime().minus(broker).toNanos() / 1e6 / all);
            expected = all * 1e9 / (System.nanoTime() - working);
            return expected;
        }
    }

    /** What the last run took. */
    Spent spent() {
        return spent;
    }

    private static long processorNanos() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }
}
