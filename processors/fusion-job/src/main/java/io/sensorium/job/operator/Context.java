// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.operator;

import java.io.Serializable;
import java.time.Duration;

/**
 * A subject's earlier windows.
 *
 * @param windows how many at most
 * @param ttl how long before a window's end they may have ended
 */
public record Context(int windows, Duration ttl) implements Serializable {}
