// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.dlq;

import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.explain.TopicRecords;
import io.sensorium.results.DeadLetter;
import io.sensorium.schemas.RecordDecoder;
import io.sensorium.schemas.RegistryClient;
import io.sensorium.schemas.SchemaRegistry.UnknownSchemaException;
import io.sensorium.schemas.WireFormatException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** The dead letters of a pipeline. For one thread. */
final class DeadLetterReader {

    /**
     * Which of them.
     *
     * @param codes any of these; all where it is empty
     * @param topics of origin, likewise
     * @param since when they failed at the earliest; null for any time
     * @param until at the latest
     */
    record Filter(List<String> codes, List<String> topics, Instant since, Instant until) {

        boolean takes(DeadLetter letter) {
            return (codes.isEmpty() || codes.contains(letter.getCode()))
                    && (topics.isEmpty() || topics.contains(letter.getTopic()))
                    && (since == null || !letter.getFailedAt().isBefore(since))
                    && (until == null || !letter.getFailedAt().isAfter(until));
        }
    }

    /**
     * A dead letter and where it lies.
     *
     * @param key the dead letter record's own: of a failure after encoding the event's subject in UTF-8; may be null
     */
    record Found(int partition, long offset, ByteBuffer key, DeadLetter letter) {

        /** Its place on the dead letters' topic, as text. */
        String place() {
            return partition + "@" + offset;
        }

        /** The record that failed, as text. */
        String origin() {
            return letter.getTopic() + "-" + letter.getPartition() + "@" + letter.getOffset();
        }

        /** Whether it is of an event that failed after encoding, of which nothing but place and subject is known. */
        boolean isAfterEncoding() {
            return letter.getValueSize() < 0;
        }

        /**
         * Why a record cannot be the one that failed, although it has its place; empty where it may be.
         *
         * @param record with a value
         */
        Optional<String> mismatch(ConsumerRecord<byte[], byte[]> record) {
            if (!isAfterEncoding()) {
                boolean same = record.timestamp() == letter.getTimestamp().toEpochMilli()
                        && record.value().length == letter.getValueSize()
                        && (letter.getKey() == null
                                || record.key() != null && letter.getKey().equals(ByteBuffer.wrap(record.key())));
                return same
                        ? Optional.empty()
                        : Optional.of("another record is at its place now (its timestamp, key or size differs)");
            }
            if (record.timestamp() > letter.getFailedAt().toEpochMilli()) {
                return Optional.of("another record is at its place now (written at "
                        + Instant.ofEpochMilli(record.timestamp()) + ", after the failure)");
            }
            // Avro writes the subject as it is in the letter's key.
            return key == null || contains(ByteBuffer.wrap(record.value()), key)
                    ? Optional.empty()
                    : Optional.of("another record is at its place now (of another subject)");
        }

        private static boolean contains(ByteBuffer value, ByteBuffer part) {
            int length = part.remaining();
            for (int from = 0; from + length <= value.remaining(); from++) {
                if (value.slice(from, length).equals(part)) {
                    return true;
                }
            }
            return false;
        }
    }

    private DeadLetterReader() {}

    /**
     * Reads those that a filter takes, committed ones, in the order of each partition.
     *
     * @param err gets a line for each record that is not a dead letter, whatever it is
     * @throws IOException when the registry cannot be reached or fails
     */
    static void read(PipelineConfig config, TopicRecords records, Filter filter, PrintWriter err, Consumer<Found> each)
            throws IOException {
        RecordDecoder<DeadLetter> decoder = RecordDecoder.of(
                DeadLetter.getClassSchema(),
                RegistryClient.of(
                        config.registry().type(),
                        config.registry().url(),
                        config.registry().properties()));
        try {
            records.read(List.of(config.sideTopics().deadLetters()), record -> {
                try {
                    DeadLetter letter = decoder.decode(record.value());
                    if (filter.takes(letter)) {
                        each.accept(new Found(
                                record.partition(),
                                record.offset(),
                                record.key() == null ? null : ByteBuffer.wrap(record.key()),
                                letter));
                    }
                } catch (WireFormatException | UnknownSchemaException e) {
                    err.println(record.topic() + "-" + record.partition() + "@" + record.offset()
                            + " is not a dead letter: " + e.getMessage());
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
