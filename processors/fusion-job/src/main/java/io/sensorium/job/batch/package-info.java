/** What operators that collect records into batches share. */
package io.sensorium.job.batch;
