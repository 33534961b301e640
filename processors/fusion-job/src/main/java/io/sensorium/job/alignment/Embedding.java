// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.alignment;

/**
 * An encoder's embedding of an event.
 *
 * @param encoder first eight bytes of the encoder's SHA-256
 */
public record Embedding(long encoder, EmbeddingVector vector) {}
