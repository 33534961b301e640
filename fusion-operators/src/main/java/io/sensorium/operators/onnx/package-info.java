/** ONNX Runtime sessions: one a graph and device in a process, shared by its threads. */
package io.sensorium.operators.onnx;
