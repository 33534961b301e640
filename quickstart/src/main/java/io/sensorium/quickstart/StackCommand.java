// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart;

import io.sensorium.quickstart.layout.DistributionLayout;
import io.sensorium.quickstart.runtime.ShutdownSignal;
import io.sensorium.quickstart.stack.EmbeddedStack;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "stack",
        mixinStandardHelpOptions = true,
        description = "Starts a Kafka broker and a schema registry; runs until stopped.")
final class StackCommand implements Callable<Integer> {

    @Option(
            names = "--dir",
            description =
                    "Where their data and logs are kept, so that the next start has the same addresses, topics and "
                            + "schemas; a new temporary folder by default.")
    Path folder;

    @Option(
            names = "--topics",
            split = ",",
            description =
                    "Topics of one partition to create where they are missing, such as media.image,media.text,media.audio.")
    List<String> topics = List.of();

    @Override
    public Integer call() throws Exception {
        CountDownLatch stopped = ShutdownSignal.latch();
        Path where = folder == null ? Files.createTempDirectory("sensorium-stack") : folder;
        System.err.println("starting Kafka and the registry; data and logs in " + where);
        try (EmbeddedStack stack = EmbeddedStack.start(DistributionLayout.stackDistributions(), where)) {
            if (!topics.isEmpty()) {
                stack.broker().createTopics(1, topics.toArray(String[]::new));
            }
            System.out.println("bootstrap_servers=" + stack.bootstrapServers());
            System.out.println("registry_url=" + stack.registryUrl());
            System.out.flush();
            stopped.await();
        }
        return 0;
    }
}
