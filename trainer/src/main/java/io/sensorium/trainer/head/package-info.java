/**
 * Fusion heads: each written once, as tensor algebra, and either trained (DJL) or exported (ONNX) from that one
 * description.
 */
package io.sensorium.trainer.head;
