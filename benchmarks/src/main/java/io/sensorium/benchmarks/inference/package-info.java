/**
 * {@code bench inference}: the engine compared with bare ONNX Runtime, one run per record in a Flink map, and DJL's
 * predictor.
 */
package io.sensorium.benchmarks.inference;
