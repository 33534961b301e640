/**
 * The inference engine: one a model and device in a process, whoever asks. Records of all subtasks wait in one bounded
 * queue and are run in micro-batches by a few threads; a full queue holds the asker back.
 */
package io.sensorium.operators.engine;
