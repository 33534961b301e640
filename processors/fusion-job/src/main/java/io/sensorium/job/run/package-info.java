/** From a pipeline file to a running job: checks against Kafka and the registry, saved state, Flink's configuration. */
package io.sensorium.job.run;
