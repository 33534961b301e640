// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.engine;

import io.sensorium.operators.encode.Content;
import io.sensorium.operators.encode.Outcome;
import java.util.concurrent.CompletableFuture;

/**
 * A record in an engine's queue.
 *
 * @param since when it was submitted, by {@link System#nanoTime()}
 */
record EncodeRequest(Content content, CompletableFuture<Outcome> outcome, long since) {}
