/**
 * What every processor reads of a pipeline file: its topics, where they are, and the roll-up's section. Reading reports
 * every problem at once, with the nearest known key.
 */
package io.sensorium.pipeline;
