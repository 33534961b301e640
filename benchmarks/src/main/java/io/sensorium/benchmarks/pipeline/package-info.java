/**
 * {@code bench pipeline}: Kafka to Kafka compared with one process without Kafka and bare ONNX Runtime; latency under
 * load, exchange of models, cold start.
 */
package io.sensorium.benchmarks.pipeline;
