// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks;

import io.sensorium.benchmarks.formats.FormatsBench;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bench formats}. */
@Command(
        name = "formats",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description =
                "Measures how fast events are read, in this project's Avro and in mapped Avro, JSON and Protobuf: "
                        + "embeddings and images, one thread.")
final class FormatsCommand implements Callable<Integer> {

    @Option(
            names = "--rounds",
            defaultValue = "5",
            description = "How often each contender runs, in turn; the median counts. Default: ${DEFAULT-VALUE}.")
    private int rounds;

    @Option(names = "--seconds", defaultValue = "3", description = "Duration of each run. Default: ${DEFAULT-VALUE}.")
    private double seconds;

    @Option(names = "--json", description = "File for the figures.")
    private Path json;

    @Override
    public Integer call() throws Exception {
        if (rounds < 1 || seconds <= 0) {
            System.err.println("bench formats: --rounds must be at least 1, --seconds more than 0");
            return 2;
        }
        return BenchCommand.print(new FormatsBench(new FormatsBench.Plan(rounds, seconds), System.out).run(), json);
    }
}
