/** A pipeline's topics, described in AsyncAPI. */
package io.sensorium.job.asyncapi;
