// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** How often and how long a benchmark's contenders run, and where the figures go. */
final class MeasuredRuns {

    @Option(
            names = "--rounds",
            description = "How often each contender runs, in turn; the median counts. Default: ${DEFAULT-VALUE}.")
    int rounds;

    @Option(names = "--seconds", description = "Duration of each run. Default: ${DEFAULT-VALUE}.")
    double seconds;

    @Option(names = "--json", description = "File for the figures.")
    Path json;

    /** With what they are where the options are not given. */
    MeasuredRuns(int rounds, double seconds) {
        this.rounds = rounds;
        this.seconds = seconds;
    }

    /** Whether they make no sense, which is printed then. */
    boolean refused(String command) {
        if (rounds < 1) {
            System.err.println(command + ": --rounds is " + rounds + ", expected at least 1");
        }
        if (!(seconds > 0)) {
            System.err.println(command + ": --seconds is " + seconds + ", expected more than 0");
        }
        return rounds < 1 || !(seconds > 0);
    }
}
