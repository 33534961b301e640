// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks;

import io.sensorium.benchmarks.latency.Guarantee;
import io.sensorium.benchmarks.latency.LatencyBench;
import io.sensorium.benchmarks.latency.LatencyContender;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bench latency}. */
@Command(
        name = "latency",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Delay from a subject's last event to its result, compared with Kafka Streams' joins, Flink's "
                + "interval joins and a bare consumer and producer, at fixed rates.")
final class LatencyCommand implements Callable<Integer> {

    @Option(
            names = "--rates",
            split = ",",
            defaultValue = "20,200,2000",
            description = "Windows a second, three events each. Default: ${DEFAULT-VALUE}.")
    private List<Integer> rates;

    @Option(names = "--guarantees", split = ",", description = "Some of ${COMPLETION-CANDIDATES}. Default: all.")
    private List<Guarantee> guarantees = List.of(Guarantee.values());

    @Option(
            names = "--seconds",
            defaultValue = "20",
            description = "How long each rate is measured. Default: ${DEFAULT-VALUE}.")
    private double seconds;

    @Option(
            names = "--rate-warm-up",
            defaultValue = "10",
            description = "Seconds of each rate before it is measured. Default: ${DEFAULT-VALUE}.")
    private double rateWarmUp;

    @Option(
            names = "--warm-up",
            defaultValue = "30",
            description = "Seconds of 200 windows/s that each contender gets first. Default: ${DEFAULT-VALUE}.")
    private double warmUp;

    @Option(
            names = "--interval",
            defaultValue = "200",
            description = "Milliseconds between checkpoints, and commits of Kafka Streams. Default: ${DEFAULT-VALUE}.")
    private long interval;

    @Option(
            names = "--contenders",
            split = ",",
            description = "Contenders that take part: ${COMPLETION-CANDIDATES}. Default: all.")
    private List<LatencyContender> contenders = List.of(LatencyContender.values());

    @Option(
            names = "--heap",
            defaultValue = "1500m",
            description = "Heap size of each contender. Default: ${DEFAULT-VALUE}.")
    private String heap;

    @Option(names = "--json", description = "File for the figures.")
    private Path json;

    @Override
    public Integer call() throws Exception {
        if (rates.stream().anyMatch(rate -> rate < 1)
                || !(seconds > 0)
                || !(warmUp >= 0)
                || !(rateWarmUp >= 0)
                || interval < 10) {
            System.err.println(
                    "bench latency: --rates must be at least 1, --seconds more than 0, --warm-up and --rate-warm-up at "
                            + "least 0, --interval at least 10");
            return 2;
        }
        return BenchCommand.in("bench-latency-", this::measure);
    }

    private int measure(Path folder) throws Exception {
        LatencyBench.Plan plan =
                new LatencyBench.Plan(contenders, guarantees, warmUp, rates, rateWarmUp, seconds, interval, heap);
        try (LatencyBench bench = new LatencyBench(plan, folder, System.out)) {
            try {
                bench.run();
            } finally {
                BenchCommand.print(bench.report(), json);
            }
        }
        return 0;
    }
}
