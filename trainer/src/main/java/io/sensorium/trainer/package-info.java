/** Trains fusion heads on cached embeddings, exports them as ONNX with proven parity, and evaluates a pack's heads. */
package io.sensorium.trainer;
