/** Sends stored events to the media topics at the pace they happened. */
package io.sensorium.quickstart.replay;
