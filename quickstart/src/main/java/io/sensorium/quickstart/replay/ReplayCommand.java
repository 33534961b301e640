// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.replay;

import io.sensorium.job.config.Modality;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.pipeline.KafkaCluster;
import io.sensorium.quickstart.runtime.ShutdownSignal;
import io.sensorium.schemas.ConfluentSchemaRegistry;
import io.sensorium.schemas.RegistryClient;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "replay",
        mixinStandardHelpOptions = true,
        description = "Sends a data set's rows as events, at their original pace.")
public final class ReplayCommand implements Callable<Integer> {

    @Option(names = "--dataset", required = true, description = "A data set's folder.")
    Path dataset;

    @ArgGroup(multiplicity = "1")
    Where where;

    /** A pipeline's Kafka and registry with their logins, or others that need none. */
    static final class Where {

        @Option(
                names = {"-c", "--config"},
                required = true,
                description = "A pipeline file, whose Kafka and registry are used with their properties.")
        Path file;

        @ArgGroup(exclusive = false)
        Addresses addresses;
    }

    static final class Addresses {

        @Option(names = "--bootstrap-servers", required = true, description = "Kafka's brokers, HOST:PORT.")
        String bootstrapServers;

        @Option(names = "--registry", required = true, description = "Base URL of the registry's Confluent API.")
        String registry;
    }

    @Option(
            names = "--speed",
            defaultValue = "1",
            description = "Speed relative to the original pace; 0 is unlimited (default ${DEFAULT-VALUE}).")
    double speed;

    @Option(
            names = "--topics",
            split = ",",
            description = "Topics by modality (default image=media.image,text=media.text,audio=media.audio, or those "
                    + "of the pipeline's modalities of these names).")
    Map<String, String> topics = Map.of();

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
        try (EventProducer producer = where.file == null
                ? producer(
                        new KafkaCluster(where.addresses.bootstrapServers, Map.of(), false),
                        new ConfluentSchemaRegistry(where.addresses.registry, Map.of()),
                        List.of())
                : producer(PipelineFile.read(where.file))) {
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

    private EventProducer producer(PipelineConfig config) throws IOException {
        return producer(
                config.kafka(),
                RegistryClient.of(
                        config.registry().type(),
                        config.registry().url(),
                        config.registry().properties()),
                config.modalities());
    }

    private EventProducer producer(KafkaCluster kafka, RegistryClient registry, List<Modality> modalities)
            throws IOException {
        Map<String, String> all = new HashMap<>();
        List.of("image", "text", "audio").forEach(modality -> all.put(modality, "media." + modality));
        modalities.stream()
                .filter(modality -> modality.events() == null)
                .forEach(modality -> all.replace(modality.name(), modality.topic()));
        all.putAll(topics);
        return new EventProducer(kafka, registry, all);
    }
}
