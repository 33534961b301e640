/**
 * {@code bench inference}: the engine beside bare ONNX Runtime, one run a record in a Flink map, and DJL's predictor.
 */
package io.sensorium.benchmarks.inference;
