// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer;

import io.sensorium.operators.pack.PackException;
import io.sensorium.trainer.precision.QuantizeCommand;
import java.io.IOException;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The trainer's command line: {@code train}, {@code evaluate} and {@code quantize}. */
@Command(
        name = "sensorium",
        subcommands = {TrainCommand.class, EvaluateCommand.class, QuantizeCommand.class},
        mixinStandardHelpOptions = true,
        description = "Trains and evaluates fusion heads, and converts models to other precisions.")
public final class TrainerCommand {

    private TrainerCommand() {}

    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    /** The command line, for tests too. */
    static CommandLine commandLine() {
        return new CommandLine(new TrainerCommand())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((exception, commandLine, parsed) -> {
                    if (exception instanceof IOException
                            || exception instanceof PackException
                            || exception instanceof IllegalArgumentException) {
                        System.err.println("sensorium: " + exception.getMessage());
                    } else {
                        exception.printStackTrace();
                    }
                    return exception instanceof PackException || exception instanceof IllegalArgumentException ? 2 : 1;
                });
    }
}
