/** The pipeline file as validated records. Reading reports every problem at once, with the nearest known key. */
package io.sensorium.job.config;
