// SPDX-License-Identifier: Apache-2.0
/**
 * Delay from the sending of a subject's last event to its result, as a client reads it, beside the joins that users
 * write and a bare loop of consumer and producer.
 */
package io.sensorium.benchmarks.latency;
