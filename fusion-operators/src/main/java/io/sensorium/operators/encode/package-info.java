/** Encoders: a batch of one modality's content in, an embedding and side outputs for each out, or why there is none. */
package io.sensorium.operators.encode;
