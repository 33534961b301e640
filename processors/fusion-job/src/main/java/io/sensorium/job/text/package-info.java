/** Texts folded for comparison, and lists of terms that are looked for in them. Independent of Flink. */
package io.sensorium.job.text;
