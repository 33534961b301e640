/** Operator type {@code captions}: the phrases of a list that describe an event best. */
package io.sensorium.job.operator.captions;
