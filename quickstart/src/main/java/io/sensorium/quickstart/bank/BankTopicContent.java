// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.bank;

import io.sensorium.bank.BankEntry;
import io.sensorium.job.bank.BankEntries;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.explain.TopicRecords;
import io.sensorium.schemas.RecordDecoder;
import io.sensorium.schemas.RegistryClient;
import io.sensorium.schemas.WireFormatException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** What is in a bank's topic now. */
final class BankTopicContent {

    private BankTopicContent() {}

    /**
     * What remains of the topic's records, by id.
     *
     * @param dimensions numbers of an embedding, by the name@version of the pipeline's encoders
     * @param show makes of an id and its entry what is kept
     * @param bad gets a message for each record that is no entry
     * @param <T> what is kept
     * @throws IOException when the registry cannot be reached or fails
     */
    static <T> Map<String, T> read(
            PipelineConfig config,
            Map<String, Integer> dimensions,
            BiFunction<String, BankEntry, T> show,
            Consumer<String> bad)
            throws IOException {
        RegistryClient registry = RegistryClient.of(
                config.registry().type(),
                config.registry().url(),
                config.registry().properties());
        RecordDecoder<BankEntry> decoder = RecordDecoder.of(BankEntry.getClassSchema(), registry);
        BankEntries entries = new BankEntries(registry, config.bank(), dimensions);
        Map<String, T> found = new TreeMap<>();
        try (TopicRecords records = new TopicRecords(config.kafka())) {
            records.read(List.of(config.bank().topic()), record -> {
                try {
                    BankEntries.Read read = entries.read(record.key(), record.value());
                    if (read instanceof BankEntries.Read.Put put) {
                        found.put(put.item().id(), show.apply(put.item().id(), decoder.decode(record.value())));
                    } else if (read instanceof BankEntries.Read.Removal removal) {
                        found.remove(removal.id());
                    } else if (read instanceof BankEntries.Read.Bad refused) {
                        found.remove(refused.id() == null ? "" : refused.id());
                        bad.accept(place(record) + " is not an entry: " + refused.code() + ": " + refused.message());
                    }
                } catch (WireFormatException e) {
                    bad.accept(place(record) + " is not an entry: " + e.getMessage());
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        return found;
    }

    private static String place(ConsumerRecord<byte[], byte[]> record) {
        return record.topic() + "-" + record.partition() + "@" + record.offset()
                + (record.key() == null ? "" : " (" + key(record.key()) + ")");
    }

    private static String key(byte[] key) {
        return new String(key, 0, Math.min(key.length, 100), StandardCharsets.UTF_8);
    }
}
