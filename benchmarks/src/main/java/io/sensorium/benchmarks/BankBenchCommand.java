// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks;

import io.sensorium.benchmarks.bank.BankBench;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bench bank}. */
@Command(
        name = "bank",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description =
                "Measures banks of known content: memory, and look-ups of images, texts and embeddings, one thread.")
final class BankBenchCommand implements Callable<Integer> {

    @Option(
            names = "--entries",
            defaultValue = "1000000",
            description = "Entries of the banks of images and texts. Default: ${DEFAULT-VALUE}.")
    private int entries;

    @Option(
            names = "--embeddings",
            defaultValue = "100000",
            description = "Entries of the bank of embeddings, of 384 numbers. Default: ${DEFAULT-VALUE}.")
    private int embeddings;

    @Option(
            names = "--look-ups",
            defaultValue = "20000",
            description = "Look-ups measured in each. Default: ${DEFAULT-VALUE}.")
    private int lookUps;

    @Option(names = "--json", description = "File for the figures.")
    private Path json;

    @Override
    public Integer call() throws Exception {
        if (entries < 1 || embeddings < 1 || lookUps < 100) {
            System.err.println("bench bank: --entries and --embeddings must be at least 1, --look-ups at least 100");
            return 2;
        }
        return BenchCommand.print(
                new BankBench(new BankBench.Plan(entries, embeddings, lookUps), System.out).run(), json);
    }
}
