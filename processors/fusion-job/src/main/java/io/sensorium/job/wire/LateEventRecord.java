package io.sensorium.job.wire;

import io.sensorium.job.align.AlignedEvent;

/** An event that came too late for its window. @param subject its alignment key; @param watermark at its arrival, in ms */
public record LateEventRecord(String subject, AlignedEvent event, long watermark) {}
