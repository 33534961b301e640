/**
 * Moderation rules: conditions over what a pipeline says of a window, parsed, checked and evaluated. Knows nothing of
 * Flink.
 */
package io.sensorium.job.moderation;
