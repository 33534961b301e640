// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks.preprocessing;

import io.sensorium.benchmarks.load.Workload;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A program that works on several files in one process, started again until the time is over. */
final class ProcessLoad implements Workload {

    private final List<String> command;
    private final int files;

    /** @param files that one process works on */
    ProcessLoad(List<String> command, int files) {
        this.command = command;
        this.files = files;
    }

    @Override
    public double run(double seconds) throws IOException, InterruptedException {
        long start = System.nanoTime();
        long done = 0;
        while (System.nanoTime() - start < seconds * 1e9) {
            run(command);
            done += files;
        }
        return done * 1e9 / (System.nanoTime() - start);
    }

    static void run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", command) + " ended with " + process.exitValue() + ": " + output);
        }
    }
}
