// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer.head;

import java.util.Map;

/**
 * How to train.
 *
 * @param rate Adam's step
 * @param decay of the weights, a step and rate
 * @param featureDropout share of an embedding's numbers that a training row loses
 * @param slotDropout chance that a training row loses a slot
 * @param balance exponent of a class's weight, 1 / frequency to this power: 0 for accuracy, 1 for equal classes
 * @param foreign by slot, the share of rows that get another row's embedding: reduces the weight of a slot that
 *     predicts training rows better than unseen ones
 * @param calibrated whether a temperature is fitted on the validation rows, for probabilities that are too sure where
 *     the encoder was trained on the training rows too
 */
public record Settings(
        int epochs,
        int patience,
        int batch,
        float rate,
        float decay,
        double featureDropout,
        double slotDropout,
        double balance,
        Map<String, Double> foreign,
        boolean calibrated) {

    /** What served every set here. */
    public static final Settings DEFAULT = new Settings(40, 8, 64, 7e-4f, 0.08f, 0.35, 0.25, 0, Map.of(), false);

    /** With another balance of the classes. */
    public Settings balanced(double exponent) {
        return new Settings(
                epochs, patience, batch, rate, decay, featureDropout, slotDropout, exponent, foreign, calibrated);
    }

    /** With a slot whose embeddings are mostly other rows'. */
    public Settings withForeign(String slot, double share) {
        return new Settings(
                epochs,
                patience,
                batch,
                rate,
                decay,
                featureDropout,
                slotDropout,
                balance,
                Map.of(slot, share),
                calibrated);
    }

    /** With a temperature that is fitted on the validation rows. */
    public Settings withTemperature() {
        return new Settings(epochs, patience, batch, rate, decay, featureDropout, slotDropout, balance, foreign, true);
    }
}
