/** Operator type {@code onnx}: any multi-input model over a window's embeddings. */
package io.sensorium.job.operator.onnx;
