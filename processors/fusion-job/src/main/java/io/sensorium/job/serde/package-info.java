/** Flink's serializers of the job's records and of what the state keeps of them. No Kryo, no reflection. */
package io.sensorium.job.serde;
