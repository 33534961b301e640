/** The Kafka sink that commits results and side records, and what guards it. */
package io.sensorium.job.emit;
