/**
 * The inference engine: one for each model and device in a process, shared by all callers. Records of all subtasks wait
 * in one bounded queue and are run in micro-batches by a few threads; a full queue holds the asker back.
 */
package io.sensorium.operators.engine;
