/** Moderation rules: conditions over the values of a window, parsed, checked and evaluated. Independent of Flink. */
package io.sensorium.job.moderation;
