// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.fuse;

/**
 * Sentiment of one window.
 *
 * @param negative probability, in [0, 1]; the three sum to 1
 * @param neutral probability, in [0, 1]
 * @param positive probability, in [0, 1]
 * @param contributions by slot, or by source where the operator was given some: the score minus the score without it;
 *     alone: the score; NaN where absent
 * @param agreement 1 − (largest − smallest single-source score) / 2; 1 for one
 * @param attention where the head explains itself, by position the share of its attention, of each slot the whole and
 *     then its parts; else null
 * @param fused where the head has a context, the window's fused vector, which a later window reads; else null
 */
public record SentimentScore(
        double negative,
        double neutral,
        double positive,
        double[] contributions,
        double agreement,
        float[] attention,
        float[] fused) {

    /** p(positive) − p(negative), in [-1, 1]. */
    public double score() {
        return positive - negative;
    }

    /** The most probable class: 0 negative, 1 neutral, 2 positive; ties are neutral. */
    public int argmax() {
        if (positive > neutral && positive > negative) {
            return 2;
        }
        return negative > neutral && negative > positive ? 0 : 1;
    }
}
