/**
 * The encoding stage: batches records of one modality, keeps their order with the watermarks, sends failures to the
 * dead letters.
 */
package io.sensorium.job.encode;
