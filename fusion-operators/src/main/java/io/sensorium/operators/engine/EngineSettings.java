// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.engine;

import java.io.Serializable;
import java.time.Duration;

/**
 * How an engine batches.
 *
 * @param maxBatch most records in one batch on a GPU; a model's own {@code max_batch} bounds each run within it. A CPU
 *     takes few at once: a run of many is no faster there than many of one
 * @param maxDelay the longest that a batch's first record waits for others on a GPU; a CPU waits for none
 * @param queueRecords records that may wait; who submits more is held back. At least {@code maxBatch}, or 0 for four
 *     batches
 * @param queueBytes bytes of media that may wait; a single larger record waits alone
 * @param workers threads that run batches side by side; on a CPU one a core, each run on one thread
 */
public record EngineSettings(int maxBatch, Duration maxDelay, int queueRecords, long queueBytes, int workers)
        implements Serializable {

    public EngineSettings {
        if (maxBatch < 1
                || queueRecords != 0 && queueRecords < maxBatch
                || queueBytes < 1
                || workers < 1
                || maxDelay.isNegative()) {
            throw new IllegalArgumentException(
                    "an engine needs max_batch, queue_bytes and workers of at least 1, a queue of at least max_batch "
                            + "or 0 and no negative delay, got "
                            + "max_batch " + maxBatch + ", queue " + queueRecords + " records and " + queueBytes
                            + " bytes, workers " + workers + ", max_delay " + maxDelay);
        }
    }

    /** A queue of four batches and 64 MiB; a worker a core. */
    public static EngineSettings of(int maxBatch, Duration maxDelay) {
        return new EngineSettings(
                maxBatch, maxDelay, 0, 64L << 20, Runtime.getRuntime().availableProcessors());
    }
}
