/** What an operator's tools ask of a running pipeline: is it alive, is it ready, what are its metrics. */
package io.sensorium.quickstart.http;
