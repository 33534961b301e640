/** Results and side records in the wire format, and the Kafka sink that commits them. */
package io.sensorium.job.emit;
