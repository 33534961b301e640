// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.bank;

import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.pipeline.ConfigurationException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./sensorium bank}. */
@Command(
        name = "bank",
        mixinStandardHelpOptions = true,
        description = "Changes and lists a pipeline's bank of known content. Running pipelines follow within a second.",
        subcommands = {BankAddCommand.class, BankListCommand.class, BankRemoveCommand.class})
public final class BankCommand implements Callable<Integer> {

    @Spec
    CommandSpec spec;

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "bank add, bank list, or bank remove");
    }

    /** Which pipeline's. */
    static final class OfPipeline {

        @Option(
                names = {"-c", "--config"},
                required = true,
                description = "The pipeline file.")
        Path file;

        /** @throws ConfigurationException with every problem, also where the pipeline has no bank */
        PipelineConfig read() throws ConfigurationException {
            PipelineConfig config = PipelineFile.read(file);
            if (!config.bank().on()) {
                throw new ConfigurationException(
                        file.toString(),
                        List.of("bank: is missing, so the pipeline compares events with no known content; add bank: {}"
                                + " for the topic moderation.bank, or bank: {topic: NAME}"));
            }
            return config;
        }
    }

    /** Entries may come from elsewhere: nothing of them reaches the terminal as control characters. */
    static String printable(String text) {
        return text.replaceAll("\\p{Cntrl}", "\uFFFD");
    }
}
