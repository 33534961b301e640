// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.replay;

import io.sensorium.quickstart.runtime.ShutdownSignal;
import io.sensorium.schemas.ConfluentSchemaRegistry;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "replay",
        mixinStandardHelpOptions = true,
        description = "Sends a data set's rows as events, at their original pace.")
public final class ReplayCommand implements Callable<Integer> {

    @Option(names = "--dataset", required = true, description = "A data set's folder.")
    Path dataset;

    @Option(names = "--bootstrap-servers", required = true, description = "Kafka's brokers, HOST:PORT.")
    String bootstrapServers;

    @Option(names = "--registry", required = true, description = "Base URL of the registry's Confluent API.")
    String registry;

    @Option(
            names = "--speed",
            defaultValue = "1",
            description = "Speed relative to the original pace; 0 is unlimited (default ${DEFAULT-VALUE}).")
    double speed;

    @Option(
            names = "--topics",
            defaultValue = "image=media.image,text=media.text,audio=media.audio",
            split = ",",
            description = "Topics by modality (default ${DEFAULT-VALUE}).")
    Map<String, String> topics;

    @Override
    public Integer call() throws Exception {
        if (speed < 0) {
            throw new picocli.CommandLine.ParameterException(
                    new picocli.CommandLine(this), "--speed is " + speed + ", expected 0 or more");
        }
        CountDownLatch stopped = ShutdownSignal.latch();
        List<ReplayEvent> events = DatasetStream.read(dataset);
        Instant start = Instant.now();
        int sent = 0;
        try (EventProducer producer =
                new EventProducer(bootstrapServers, new ConfluentSchemaRegistry(registry, Map.of()), topics)) {
            for (ReplayEvent event : events) {
                long due = speed == 0
                        ? 0
                        : (long) (event.sendAt() / speed) - (System.currentTimeMillis() - start.toEpochMilli());
                if (stopped.await(Math.max(0, due), TimeUnit.MILLISECONDS)) {
                    break;
                }
                producer.send(
                        event, start.plusMillis(speed == 0 ? event.happenedAt() : (long) (event.happenedAt() / speed)));
                if (++sent % 500 == 0) {
                    System.err.println("sent " + sent + " of " + events.size());
                }
            }
            producer.flush();
        }
        System.err.println("sent " + sent + " of " + events.size() + " events");
        return 0;
    }
}
