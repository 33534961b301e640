/** The command line and the embedded stack. */
package io.sensorium.quickstart;
