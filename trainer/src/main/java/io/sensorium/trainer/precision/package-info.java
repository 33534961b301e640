/** Variants of a model at other precisions: static int8 quantization of convolutional encoders, fp16. */
package io.sensorium.trainer.precision;
