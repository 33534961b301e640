// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.dlq;

import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.explain.TopicRecords;
import io.sensorium.results.DeadLetter;
import io.sensorium.schemas.ConfluentSchemaRegistry;
import io.sensorium.schemas.SchemaRegistry.UnknownSchemaException;
import io.sensorium.schemas.WireFormatDecoder;
import io.sensorium.schemas.WireFormatException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;

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

    /** A dead letter and where it lies. */
    record Found(int partition, long offset, DeadLetter letter) {

        /** Its place on the dead letters' topic, as text. */
        String place() {
            return partition + "@" + offset;
        }

        /** The record that failed, as text. */
        String origin() {
            return letter.getTopic() + "-" + letter.getPartition() + "@" + letter.getOffset();
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
        WireFormatDecoder<DeadLetter> decoder = WireFormatDecoder.of(
                DeadLetter.getClassSchema(),
                new ConfluentSchemaRegistry(
                        config.registry().url(), config.registry().properties()));
        try {
            records.read(List.of(config.sideTopics().deadLetters()), record -> {
                try {
                    DeadLetter letter = decoder.decode(record.value());
                    if (filter.takes(letter)) {
                        each.accept(new Found(record.partition(), record.offset(), letter));
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
