// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.engine;

/**
 * What an engine has done since it was opened.
 *
 * @param records run
 * @param batches run
 * @param queueNanos time that records waited, summed over them
 * @param runNanos time of batches from decoding to embeddings, summed over them
 * @param queueDepth records in the queue now
 * @param batchSizes records of each batch
 * @param queueSeconds wait of each record in the queue
 * @param runSeconds time of each batch from decoding to embeddings
 * @param paddingRatio share of the rows' numbers that was padding, in [0, 1]
 */
public record EngineStatistics(
        long records,
        long batches,
        long queueNanos,
        long runNanos,
        int queueDepth,
        double paddingRatio,
        Histogram batchSizes,
        Histogram queueSeconds,
        Histogram runSeconds) {}
