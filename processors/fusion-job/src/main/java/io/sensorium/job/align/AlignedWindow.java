package io.sensorium.job.align;

import java.util.List;

/**
 * A closed window.
 *
 * @param start in ms
 * @param end in ms; exclusive, but inclusive for the nearest strategy
 * @param anchorId the anchor's event id for the nearest strategy, else empty
 * @param events by modality, time, id
 * @param missing indices of the modalities that were wanted and absent; empty for a complete window
 */
public record AlignedWindow(String subject, long start, long end, String anchorId, List<AlignedEvent> events, List<Integer> missing) {

    /** Whether operators see it. */
    public boolean complete() {
        return missing.isEmpty();
    }
}
