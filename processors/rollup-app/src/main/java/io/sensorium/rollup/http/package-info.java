/** The dashboard's page, its feed, queries of the roll-ups, health and metrics over HTTP. */
package io.sensorium.rollup.http;
