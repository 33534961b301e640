// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer;

import io.sensorium.operators.pack.ModelManifest.Terms;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Where a head comes from, for its manifest and its card.
 *
 * @param command the command line that trained it
 * @param data names of the data sets
 * @param commercial yes, no or unknown: whether the data's terms permit commercial use
 * @param folder the task's data folder, as it was given
 * @param pack the pack that was written, as it was given
 */
record Provenance(String command, List<String> data, String commercial, String folder, String pack) {

    /** The command line of arguments, quoted where a shell would split them. */
    static String commandLine(List<String> arguments) {
        return "./sensorium " + arguments.stream().map(Provenance::quoted).collect(Collectors.joining(" "));
    }

    private static String quoted(String argument) {
        return argument.matches("[A-Za-z0-9_@%+=:,./-]+") ? argument : "'" + argument.replace("'", "'\\''") + "'";
    }

    /** The command that measures the head again. */
    String evaluation(String task) {
        return commandLine(List.of(
                "evaluate", task, "--data", folder, "--models", pack, "--split", "test", "--json", "quality.json"));
    }

    Terms terms() {
        return new Terms(commercial, data);
    }

    /** One line for the manifest. */
    String licence() {
        return "the terms of its training data (commercial use: " + commercial + "); see CARD.md";
    }
}
