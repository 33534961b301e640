/** What is kept of an event's text for rules and results. Independent of Flink. */
package io.sensorium.job.evidence;
