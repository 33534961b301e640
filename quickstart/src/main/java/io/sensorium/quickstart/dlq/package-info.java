/** Listing and replaying dead letters. */
package io.sensorium.quickstart.dlq;
