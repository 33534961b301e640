/** A real broker and a real registry as child processes, and Flink with its web UI in this one. */
package io.sensorium.quickstart.stack;
