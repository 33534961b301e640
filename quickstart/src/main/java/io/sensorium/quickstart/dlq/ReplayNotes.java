// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.dlq;

import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.explain.TopicRecords;
import io.sensorium.quickstart.dlq.DeadLetterReader.Found;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.Uuid;

/**
 * Which records were sent again, as {@code <dead letters>.replayed} has it. A place alone names no record: after a
 * topic was deleted and created again its places are those of other records. So a note names the topic's id and the
 * record's timestamp, too, and the time at which it was sent. For one thread.
 */
final class ReplayNotes {

    /**
     * A record that was sent again.
     *
     * @param topicId of the topic at that time; empty in a note that names the place alone, as earlier releases wrote
     * @param timestamp the record's, in milliseconds since the epoch; -1 where it has none
     * @param sentAt in milliseconds since the epoch
     */
    private record Note(Optional<Uuid> topicId, long timestamp, long sentAt) {

        /** @param current the topic's id now; empty where there is no such topic */
        boolean names(Found found, Optional<Uuid> current) {
            if (topicId.isEmpty()) {
                return true;
            }
            long failedAt = found.letter().getFailedAt().toEpochMilli();
            boolean sameRecord = found.isAfterEncoding()
                    ? timestamp <= failedAt
                    : timestamp == found.letter().getTimestamp().toEpochMilli();
            // A letter that was there when the record was sent is of the topic that there was then, or an earlier one.
            return sameRecord && (topicId.equals(current) || failedAt <= sentAt);
        }
    }

    private static final String SEPARATOR = " ";

    private final Map<String, List<Note>> byPlace = new HashMap<>();

    /** Reads the committed ones; none where their topic does not exist yet. */
    static ReplayNotes read(PipelineConfig config, TopicRecords records) {
        ReplayNotes notes = new ReplayNotes();
        records.read(List.of(config.sideTopics().replayNotes()), notes::add);
        return notes;
    }

    private void add(ConsumerRecord<byte[], byte[]> record) {
        if (record.key() == null || record.value() == null) {
            return;
        }
        add(new String(record.key(), StandardCharsets.UTF_8), new String(record.value(), StandardCharsets.US_ASCII));
    }

    /**
     * Adds a note.
     *
     * @param key as {@link #key} makes it, or a place alone
     * @param sentAt milliseconds since the epoch as text
     */
    void add(String key, String sentAt) {
        String[] parts = key.split(SEPARATOR);
        Note note;
        try {
            note = parts.length < 3
                    ? new Note(Optional.empty(), -1, 0)
                    : new Note(
                            Optional.of(Uuid.fromString(parts[1])), Long.parseLong(parts[2]), Long.parseLong(sentAt));
        } catch (IllegalArgumentException e) {
            // No release writes such a note, so it names nothing.
            return;
        }
        byPlace.computeIfAbsent(parts[0], any -> new ArrayList<>()).add(note);
    }

    /**
     * The key of a note.
     *
     * @param topicId of the topic that the record is from
     * @param timestamp the record's, in milliseconds since the epoch
     */
    static String key(Found found, Uuid topicId, long timestamp) {
        return String.join(SEPARATOR, found.origin(), topicId.toString(), Long.toString(timestamp));
    }

    /**
     * Whether a letter's record was sent again already.
     *
     * @param current the id of the topic of origin; empty where there is no such topic
     */
    boolean name(Found found, Optional<Uuid> current) {
        return byPlace.getOrDefault(found.origin(), List.of()).stream().anyMatch(note -> note.names(found, current));
    }
}
