// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import io.sensorium.quickstart.SensoriumCommand;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * What a command that ran within this process has answered.
 *
 * @param code its exit code
 * @param out what it wrote to standard output
 * @param err to standard error
 */
record CommandResult(int code, String out, String err) {

    static CommandResult to(String... arguments) {
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        ByteArrayOutputStream complained = new ByteArrayOutputStream();
        try {
            System.setOut(new PrintStream(output, true, StandardCharsets.UTF_8));
            System.setErr(new PrintStream(complained, true, StandardCharsets.UTF_8));
            int code = SensoriumCommand.commandLine().execute(arguments);
            return new CommandResult(
                    code, output.toString(StandardCharsets.UTF_8), complained.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }
}
