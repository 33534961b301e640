/** Operator type {@code match}: which events of a window belong together. */
package io.sensorium.job.operator.match;
