package io.sensorium.job.align;

import java.io.Serializable;
import java.util.Set;

/**
 * Everything that alignment is configured by.
 *
 * @param modalities how many are configured; an event's modality is an index below it
 * @param required indices of modalities without which a window is incomplete
 * @param minModalities fewest modalities of a complete window
 * @param maxEvents most events of one modality in a window; the earliest stay
 * @param maxBytes most bytes of one modality's embeddings in a window; the earliest stay
 */
public record AlignSettings(AlignStrategy strategy, int modalities, Set<Integer> required, int minModalities, int maxEvents, long maxBytes)
        implements Serializable {}
