/**
 * The roll-up app: windowed roll-ups of a pipeline's results, queries for them, and the dashboard. It meets the fusion
 * job at topics.
 */
package io.sensorium.rollup;
