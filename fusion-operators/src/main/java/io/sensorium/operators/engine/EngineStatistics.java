// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.engine;

/**
 * What an engine has done since it was opened.
 *
 * @param records run
 * @param batches run
 * @param queueNanos time that records waited, summed over them
 * @param runNanos time of batches from decoding to embeddings, summed over them
 * @param waiting records in the queue now
 * @param batchSizes records of each batch
 * @param queueMillis wait of each record in the queue
 * @param runMillis time of each batch from decoding to embeddings
 * @param padding share of the rows' numbers that was padding, in [0, 1]
 */
public record EngineStatistics(
        long records,
        long batches,
        long queueNanos,
        long runNanos,
        int waiting,
        double padding,
        Distribution batchSizes,
        Distribution queueMillis,
        Distribution runMillis) {}
