/**
 * Spans of the pipeline's stages on the OpenTelemetry API, for events that bring a {@code traceparent}. Off by default.
 */
package io.sensorium.job.trace;
