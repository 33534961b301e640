/** The models that a pipeline's operators run: which heads are chosen and how their slots are bound to modalities. */
package io.sensorium.job.models;
