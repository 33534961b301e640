package io.sensorium.job.align;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;

/**
 * An encoded event as alignment sees it: its embedding and lineage. Immutable; the vector is not to be written to.
 *
 * @param modality index into the configured modalities
 * @param time event time plus clock offset, in ms
 * @param readAt wall-clock ms at which the record was read, for latency
 * @param encoder first eight bytes of the encoder's SHA-256
 * @param attributes allow-listed attributes
 * @param signals the encoder's side outputs
 */
public record AlignedEvent(int modality, String eventId, long time, int partition, long offset, long readAt, long encoder, float[] vector,
        Map<String, String> attributes, Map<String, Double> signals) {

    /** Event time, then event id by its UTF-8 bytes. */
    static final Comparator<AlignedEvent> BY_TIME = Comparator.comparingLong(AlignedEvent::time)
            .thenComparing(AlignedEvent::eventId, AlignedEvent::compareUtf8);

    /** The order of a window's inputs: modality (configured in the order of names), event time, event id. */
    static final Comparator<AlignedEvent> IN_WINDOW = Comparator.comparingInt(AlignedEvent::modality).thenComparing(BY_TIME);

    static int compareUtf8(String left, String right) {
        return Arrays.compareUnsigned(left.getBytes(StandardCharsets.UTF_8), right.getBytes(StandardCharsets.UTF_8));
    }

    /** Whether the other is the same event by modality and id. */
    boolean sameAs(AlignedEvent other) {
        return modality == other.modality && eventId.equals(other.eventId);
    }

    /** Of two copies of one event, whether this one was written first. */
    boolean precedes(AlignedEvent other) {
        return partition != other.partition ? partition < other.partition : offset < other.offset;
    }
}
