/**
 * {@code bench preprocessing}: decoding, resizing, resampling and mel compared with libjpeg-turbo and FFmpeg as
 * processes.
 */
package io.sensorium.benchmarks.preprocessing;
