/** Liveness, readiness and metrics of a running pipeline over HTTP. */
package io.sensorium.quickstart.http;
