// SPDX-License-Identifier: Apache-2.0
package io.sensorium.rollup;

import io.sensorium.pipeline.FailureMessages;
import io.sensorium.pipeline.PipelineTopics;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import sun.misc.Signal;

/** {@code ./sensorium rollup}. Exit codes: 0 fine, 1 the work failed, 2 the call or the configuration is wrong. */
@Command(
        name = "rollup",
        mixinStandardHelpOptions = true,
        description =
                "Rolls up a pipeline's results, answers queries for them and serves the dashboard, until stopped.")
public final class RollupCommand implements Callable<Integer> {

    @Option(
            names = {"-c", "--config"},
            required = true,
            description = "The pipeline file.")
    Path file;

    @Option(names = "--fresh", description = "Forget the state kept on this machine; it is restored from Kafka.")
    boolean fresh;

    public static void main(String[] args) {
        // The launcher hands on the command's name.
        String[] own = args.length > 0 && args[0].equals("rollup") ? Arrays.copyOfRange(args, 1, args.length) : args;
        int code = new CommandLine(new RollupCommand())
                .setExecutionExceptionHandler((exception, command, parsed) -> FailureMessages.report(exception))
                .execute(own);
        Runtime.getRuntime().exit(code);
    }

    @Override
    public Integer call() throws Exception {
        CountDownLatch stopped = new CountDownLatch(1);
        for (String name : new String[] {"INT", "TERM"}) {
            Signal.handle(new Signal(name), signal -> stopped.countDown());
        }
        try (RollupApp app = new RollupApp(PipelineTopics.read(file), fresh)) {
            System.out.println("dashboard at " + app.url());
            System.out.println("queries at " + app.url() + "api/rollups, described in " + app.url() + "openapi.yaml");
            System.out.flush();
            stopped.await();
        }
        return 0;
    }
}
