// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks.inference;

import io.sensorium.benchmarks.load.Workload;
import io.sensorium.quickstart.layout.DistributionLayout;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * DJL's predictor, in a process of its own: its engine insists on making ONNX Runtime's environment, with a thread pool
 * for all sessions, which would affect every contender. The process runs on command.
 */
final class DjlPredictor implements Workload {

    private final Process process;
    private final PrintStream orders;
    private final BufferedReader answers;

    DjlPredictor(int threads) throws IOException {
        String java = ProcessHandle.current().info().command().orElse("java");
        process = new ProcessBuilder(List.of(
                        java,
                        "-Xmx1g",
                        "-XX:+UseParallelGC",
                        "-Dai.djl.offline=true",
                        "-DOPT_OUT_TRACKING=true",
                        "-cp",
                        System.getProperty("java.class.path"),
                        DjlProcess.class.getName(),
                        Integer.toString(threads)))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .directory(DistributionLayout.root().toFile())
                .start();
        orders = new PrintStream(process.getOutputStream(), true, StandardCharsets.US_ASCII);
        answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
    }

    @Override
    public double run(double seconds) throws IOException {
        orders.println(seconds);
        for (String line = answers.readLine(); line != null; line = answers.readLine()) {
            if (line.startsWith(DjlProcess.ANSWER)) {
                return Double.parseDouble(line.substring(DjlProcess.ANSWER.length()));
            }
        }
        throw new IOException(
                "the process of DJL's predictor ended; run java " + DjlProcess.class.getName() + " to see why");
    }

    @Override
    public void close() throws InterruptedException {
        orders.close();
        process.destroy();
        process.waitFor();
    }
}
