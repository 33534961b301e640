package io.sensorium.job.wire;

/**
 * A record to be written, in the wire format already.
 *
 * @param key UTF-8 subject, or null
 * @param readAt wall-clock ms at which the last input was read, or 0
 */
public record OutputRecord(String topic, byte[] key, byte[] value, long readAt) {}
