// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.operator;

import java.util.Map;

/**
 * A result in numbers, so that two models' results can be compared.
 *
 * @param score the one number that sums it up: sentiment's score, matching's coherence; null where there is none
 * @param label the class it names; null where there is none
 * @param values all numbers by name
 */
public record Outcome(Double score, String label, Map<String, Double> values) {

    /**
     * The score's difference, or, without scores, the largest difference of a value that both have; NaN where they have
     * none in common.
     */
    public static double difference(Outcome candidate, Outcome live) {
        if (candidate.score() != null && live.score() != null) {
            return candidate.score() - live.score();
        }
        double largest = Double.NaN;
        for (Map.Entry<String, Double> value : candidate.values().entrySet()) {
            Double other = live.values().get(value.getKey());
            if (other != null) {
                double difference = value.getValue() - other;
                largest = Double.isNaN(largest) || Math.abs(difference) > Math.abs(largest) ? difference : largest;
            }
        }
        return largest;
    }
}
