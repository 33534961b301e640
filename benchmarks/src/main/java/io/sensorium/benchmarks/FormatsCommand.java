// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks;

import io.sensorium.benchmarks.formats.FormatsBench;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code bench formats}. */
@Command(
        name = "formats",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description =
                "Measures how fast events are read, in this project's Avro and in mapped Avro, JSON and Protobuf: "
                        + "embeddings and images, one thread.")
final class FormatsCommand implements Callable<Integer> {

    @Mixin
    private final MeasuredRuns runs = new MeasuredRuns(5, 3);

    @Override
    public Integer call() throws Exception {
        if (runs.refused("bench formats")) {
            return 2;
        }
        return BenchCommand.print(
                new FormatsBench(new FormatsBench.Plan(runs.rounds, runs.seconds), System.out).run(), runs.json);
    }
}
