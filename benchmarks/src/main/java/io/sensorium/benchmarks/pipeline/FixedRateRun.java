// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks.pipeline;

import io.sensorium.benchmarks.pipeline.CommittedResults.Seen;
import io.sensorium.quickstart.replay.EventProducer;
import io.sensorium.quickstart.runtime.RunningPipeline;
import io.sensorium.quickstart.stack.EmbeddedStack;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * A pipeline under a steady stream of events that happen as they are sent: how long after a window's last event its
 * result can be read.
 */
final class FixedRateRun {

    /** Left out at the beginning: compilers and caches warm up. */
    private static final double WARM_SECONDS = 8;

    private final EmbeddedStack stack;
    private final Path folder;
    private final MediaEvents events;
    private final Map<String, String> encoders;

    FixedRateRun(EmbeddedStack stack, Path folder, MediaEvents events, Map<String, String> encoders) {
        this.stack = stack;
        this.folder = folder;
        this.events = events;
        this.encoders = encoders;
    }

    /**
     * Delays, in ms.
     *
     * @param steady before anything is announced, sorted
     * @param after of the ten seconds after, sorted; empty where nothing was announced
     * @param models that wrote results
     */
    record Delays(double[] steady, double[] after, List<String> models) {

        static double quantile(double[] sorted, double quantile) {
            return sorted.length == 0
                    ? Double.NaN
                    : sorted[(int) Math.min(sorted.length - 1, Math.floor(quantile * sorted.length))];
        }
    }

    /**
     * Runs a pipeline for a time.
     *
     * @param eventsPerSecond of all modalities together
     * @param guarantee as the pipeline file's
     * @param rollout announced after two thirds of the time; null for none
     */
    Delays run(double eventsPerSecond, double seconds, String guarantee, String rollout) throws Exception {
        String name = "paced-" + System.nanoTime();
        Path watched = Files.createDirectories(folder.resolve(name + "-watched"));
        String yaml = PipelineLoad.yaml(
                        stack,
                        name,
                        events,
                        encoders,
                        "strategy: tumbling, size: 100ms",
                        "guarantee: " + guarantee + ", checkpoint_interval: 500ms, state_dir: \"" + folder.resolve(name)
                                + "\"")
                + "rollout: {watch: \"" + watched + "\", poll: 200ms}\n";
        AtomicReference<Exception> failure = new AtomicReference<>();
        try (EventProducer producer = PipelineLoad.producer(stack, name);
                RunningPipeline pipeline = PipelineLoad.start(yaml);
                CommittedResults results = new CommittedResults(
                        stack.bootstrapServers(), stack.registryUrl(), name + ".results", PipelineLoad.PARTITIONS)) {
            long period = (long) (1e9 * events.modalities().size() / eventsPerSecond);
            double all = WARM_SECONDS + seconds;
            long begin = System.nanoTime();
            Thread sender = new Thread(
                    () -> {
                        try {
                            for (int subject = 0; System.nanoTime() - begin < all * 1e9; subject++) {
                                LockSupport.parkNanos(begin + subject * period - System.nanoTime());
                                Instant now = Instant.now();
                                for (String modality : events.modalities()) {
                                    producer.send(events.event(subject, modality), now);
                                }
                            }
                        } catch (IOException e) {
                            failure.set(e);
                        }
                    },
                    "sender");
            sender.start();
            long announceAt =
                    rollout == null ? Long.MAX_VALUE : begin + (long) ((WARM_SECONDS + seconds * 2 / 3) * 1e9);
            long announced = Long.MAX_VALUE;
            while (sender.isAlive() || System.nanoTime() - begin < (all + 2) * 1e9) {
                results.poll();
                if (announced == Long.MAX_VALUE && System.nanoTime() > announceAt) {
                    announced = System.nanoTime();
                    Path fresh = Files.writeString(watched.resolve("fresh"), rollout);
                    Files.move(fresh, watched.resolve("rollout.yaml"), StandardCopyOption.ATOMIC_MOVE);
                }
            }
            sender.join(TimeUnit.MINUTES.toMillis(1));
            if (failure.get() != null) {
                throw failure.get();
            }
            List<Double> steady = new ArrayList<>();
            List<Double> after = new ArrayList<>();
            for (Seen seen : results.seen()) {
                if (seen.at() > begin + WARM_SECONDS * 1e9) {
                    (seen.at() < announced ? steady : after).add(seen.delayMs());
                }
            }
            return new Delays(
                    sorted(steady),
                    sorted(after),
                    results.seen().stream().map(Seen::model).distinct().toList());
        }
    }

    private static double[] sorted(List<Double> values) {
        double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
        Arrays.sort(sorted);
        return sorted;
    }
}
