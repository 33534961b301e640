package io.sensorium.job.wire;

import io.sensorium.job.align.AlignedEvent;

/** An event on which alignment failed. @param subject its alignment key; @param message what went wrong */
public record FailedEvent(String subject, AlignedEvent event, FailureCode code, String message) {}
