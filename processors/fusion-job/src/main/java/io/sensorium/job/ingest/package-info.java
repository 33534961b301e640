/**
 * From Kafka records to events: decoding, checks, watermarks by modality. What is no event becomes a dead letter
 * downstream.
 */
package io.sensorium.job.ingest;
