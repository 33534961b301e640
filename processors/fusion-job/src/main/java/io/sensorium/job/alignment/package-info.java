/** Which events make which windows, and when each is written: decisions only, without Flink or Kafka. */
package io.sensorium.job.alignment;
