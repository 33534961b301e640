package io.sensorium.operators.fuse;

/**
 * Sentiment of one window.
 *
 * @param negative probability, in [0, 1]; the three sum to 1
 * @param neutral probability, in [0, 1]
 * @param positive probability, in [0, 1]
 * @param contributions by slot: the score minus the score without that slot; alone: the score; NaN where absent
 * @param agreement 1 − (largest − smallest single-slot score) / 2; 1 for one slot
 */
public record SentimentScore(double negative, double neutral, double positive, double[] contributions, double agreement) {

    /** p(positive) − p(negative), in [-1, 1]. */
    public double score() {
        return positive - negative;
    }
}
