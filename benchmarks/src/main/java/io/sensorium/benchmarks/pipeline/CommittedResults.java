// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks.pipeline;

import io.sensorium.results.InputReference;
import io.sensorium.results.SentimentResult;
import io.sensorium.schemas.ConfluentSchemaRegistry;
import io.sensorium.schemas.WireFormatDecoder;
import io.sensorium.schemas.WireFormatException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** What a consumer of the results sees, of committed records only. For one thread. */
final class CommittedResults implements AutoCloseable {

    /**
     * A result as it was seen.
     *
     * @param at by {@link System#nanoTime()}
     * @param delayMs wall-clock ms since the last of its events was sent
     */
    record Seen(String id, String model, long at, double delayMs) {}

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final WireFormatDecoder<SentimentResult> decoder;
    private final List<Seen> seen = new ArrayList<>();
    private final Set<String> ids = new HashSet<>();

    CommittedResults(String bootstrapServers, String registryUrl, String topic, int partitions) {
        consumer = new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        bootstrapServers,
                        "isolation.level",
                        "read_committed",
                        "fetch.max.wait.ms",
                        "50"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
        List<TopicPartition> all = new ArrayList<>();
        for (int partition = 0; partition < partitions; partition++) {
            all.add(new TopicPartition(topic, partition));
        }
        consumer.assign(all);
        consumer.seekToBeginning(all);
        decoder = WireFormatDecoder.of(
                SentimentResult.getClassSchema(), new ConfluentSchemaRegistry(registryUrl, Map.of()));
    }

    /**
     * Reads what has come.
     *
     * @throws IOException when a result comes twice, or cannot be read
     */
    void poll() throws IOException {
        for (var record : consumer.poll(Duration.ofMillis(20))) {
            long now = System.currentTimeMillis();
            try {
                SentimentResult result = decoder.decode(record.value());
                if (!ids.add(result.getResultId())) {
                    throw new IOException("the result of " + result.getSubjectId() + " was committed twice");
                }
                long sent = result.getInputs().stream()
                        .map(InputReference::getEventTime)
                        .mapToLong(java.time.Instant::toEpochMilli)
                        .max()
                        .orElse(0);
                seen.add(new Seen(result.getResultId(), result.getModel().getName(), System.nanoTime(), now - sent));
            } catch (WireFormatException e) {
                throw new IOException(e);
            }
        }
    }

    int count() {
        return seen.size();
    }

    List<Seen> seen() {
        return seen;
    }

    @Override
    public void close() {
        consumer.close();
    }
}
