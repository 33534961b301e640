package io.sensorium.quickstart;

import io.sensorium.quickstart.stack.EmbeddedStack;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "stack", mixinStandardHelpOptions = true, description = "Starts a Kafka broker and a schema registry; runs until stopped.")
final class StackCommand implements Callable<Integer> {

    @Option(names = "--dir", description = "Where their data and logs are kept; a new temporary folder by default.")
    Path folder;

    @Override
    public Integer call() throws Exception {
        CountDownLatch stopped = Signals.latch();
        Path where = folder == null ? Files.createTempDirectory("sensorium-stack") : folder;
        System.err.println("starting Kafka and the registry; data and logs in " + where);
        try (EmbeddedStack stack = EmbeddedStack.start(Installation.stackDistributions(), where)) {
            System.out.println("bootstrap_servers=" + stack.bootstrapServers());
            System.out.println("registry_url=" + stack.registryUrl());
            System.out.flush();
            stopped.await();
        }
        return 0;
    }
}
