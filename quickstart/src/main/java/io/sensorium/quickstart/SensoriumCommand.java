// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart;

import io.sensorium.operators.pack.PackException;
import io.sensorium.pipeline.FailureMessages;
import io.sensorium.quickstart.bank.BankCommand;
import io.sensorium.quickstart.demo.DemoCommand;
import io.sensorium.quickstart.dlq.DlqCommand;
import io.sensorium.quickstart.replay.ReplayCommand;
import io.sensorium.quickstart.runtime.ShutdownSignal;
import io.sensorium.quickstart.size.SizeCommand;
import java.io.IOException;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code ./sensorium}. Exit codes: 0 fine, 1 the work failed, 2 the call or the configuration is wrong. */
@Command(
        name = "sensorium",
        mixinStandardHelpOptions = true,
        version = "sensorium " + SensoriumCommand.VERSION,
        description = "Streaming multimodal fusion on Kafka, Flink and ONNX Runtime.",
        footer = {"", "train, evaluate, quantize, bench and rollup are commands too; see ./sensorium train --help."},
        subcommands = {
            DemoCommand.class,
            StackCommand.class,
            RunCommand.class,
            ValidateCommand.class,
            InspectCommand.class,
            AsyncApiCommand.class,
            ReplayCommand.class,
            ModelsCommand.class,
            ExplainCommand.class,
            DlqCommand.class,
            BankCommand.class,
            SizeCommand.class,
            CommandLine.HelpCommand.class
        })
public final class SensoriumCommand {

    /** This release. */
    static final String VERSION = "0.2.0";

    private SensoriumCommand() {}

    public static void main(String[] args) {
        ShutdownSignal.end();
        int code = commandLine().execute(args);
        System.out.flush();
        System.err.flush();
        ShutdownSignal.exit(code);
    }

    /** The command line, for tests too. */
    public static CommandLine commandLine() {
        return new CommandLine(new SensoriumCommand()).setExecutionExceptionHandler((exception, command, parsed) -> {
            if (exception instanceof PackException) {
                System.err.println(exception.getMessage());
                return 2;
            }
            int code = FailureMessages.report(exception);
            if (code == 1 && !(exception instanceof IOException)) {
                // To the log file alone: not below io.sensorium, whose warnings are on the screen too. No constant:
                // logging takes a while to start, and signals are not taken before.
                LoggerFactory.getLogger("sensorium.command").error("a command failed", exception);
                System.err.println(
                        "  the log has the stack trace: " + System.getProperty("sensorium.log", "sensorium.log"));
            }
            return code;
        });
    }
}
