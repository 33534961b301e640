/** Operator type {@code sentiment}: polarity of a window. */
package io.sensorium.job.operator.sentiment;
