package io.sensorium.job.wire;

import io.sensorium.job.align.AlignedEvent;

/** An event on its way to its subject: the embedding and lineage, no media. */
public record EncodedEvent(String subjectId, AlignedEvent event) {}
