/**
 * Alignment in event time. {@link io.sensorium.job.alignment.Aligner} decides and knows neither Flink nor Kafka nor any
 * modality by name; {@code AlignOperator} is its keyed shell.
 */
package io.sensorium.job.align;
