// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.alignment;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * An encoded event as alignment sees it: its embedding and lineage. Immutable.
 *
 * @param modality index into the configured modalities
 * @param time event time plus clock offset, in ms
 * @param readAt wall-clock ms at which the record was read: the start of its wait, for latency and deadlines
 * @param embeddings the one by the modality's encoder, and while another takes over from it, that one's too
 * @param attributes allow-listed attributes
 * @param signals the encoder's side outputs
 * @param trace the W3C trace context that the event is part of; null for none
 * @param evidence what its content says and what it is known as; null where nothing of it is kept
 */
public record EncodedEvent(
        int modality,
        String eventId,
        long time,
        int partition,
        long offset,
        long readAt,
        List<Embedding> embeddings,
        Map<String, String> attributes,
        Map<String, Double> signals,
        String trace,
        Evidence evidence) {

    /** With one embedding, outside any trace, without evidence. */
    public EncodedEvent(
            int modality,
            String eventId,
            long time,
            int partition,
            long offset,
            long readAt,
            long encoder,
            EmbeddingVector vector,
            Map<String, String> attributes,
            Map<String, Double> signals) {
        this(
                modality,
                eventId,
                time,
                partition,
                offset,
                readAt,
                List.of(new Embedding(encoder, vector)),
                attributes,
                signals,
                null,
                null);
    }

    /** What an event's lineage takes beside its id and embedding, in bytes. */
    private static final int LINEAGE_BYTES = 48;

    /** Event time, then event id by its UTF-8 bytes. */
    static final Comparator<EncodedEvent> BY_TIME = (one, other) ->
            one.time != other.time ? Long.compare(one.time, other.time) : compareUtf8(one.eventId, other.eventId);

    /** A total order by time: no two records are equal in it. */
    static final Comparator<EncodedEvent> BY_TIME_AND_ORIGIN = BY_TIME.thenComparingInt(EncodedEvent::modality)
            .thenComparingInt(EncodedEvent::partition)
            .thenComparingLong(EncodedEvent::offset);

    private static int compareUtf8(String left, String right) {
        return Arrays.compareUnsigned(left.getBytes(StandardCharsets.UTF_8), right.getBytes(StandardCharsets.UTF_8));
    }

    /** Whether the other is the same event by modality and id. */
    boolean sameAs(EncodedEvent other) {
        return modality == other.modality
                && eventId.hashCode() == other.eventId.hashCode()
                && eventId.equals(other.eventId);
    }

    /** Whether two lists are of the same records, in the same order. */
    public static boolean areSameRecords(List<EncodedEvent> left, List<EncodedEvent> right) {
        if (left.size() != right.size()) {
            return false;
        }
        for (int i = 0; i < left.size(); i++) {
            if (!left.get(i).isRecord(right.get(i))) {
                return false;
            }
        }
        return true;
    }

    /** Whether the other is the same record of the same partition. */
    boolean isRecord(EncodedEvent other) {
        return modality == other.modality && partition == other.partition && offset == other.offset;
    }

    /** Of two copies of one event, whether this one was written first. */
    boolean precedes(EncodedEvent other) {
        return partition != other.partition ? partition < other.partition : offset < other.offset;
    }

    /** Bytes of its embeddings. */
    long embeddingBytes() {
        long bytes = 0;
        for (int i = 0; i < embeddings.size(); i++) {
            bytes += embeddings.get(i).vector().bytes().length;
        }
        return bytes;
    }

    /** What keeping it takes, without the JVM's own. */
    public long stateBytes() {
        return embeddingBytes()
                + eventId.length()
                + LINEAGE_BYTES
                + 32L * (attributes.size() + signals.size())
                + (evidence == null ? 0 : evidence.stateBytes());
    }
}
