/** {@code bench preprocessing}: decoding, resizing, resampling and mel beside libjpeg-turbo and FFmpeg as processes. */
package io.sensorium.benchmarks.preprocessing;
