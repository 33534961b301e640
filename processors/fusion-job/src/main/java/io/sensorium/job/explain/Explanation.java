// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.explain;

import io.sensorium.results.InputReference;
import java.util.List;
import java.util.Map;
import org.apache.avro.specific.SpecificRecordBase;

/**
 * Everything that bears on one result id.
 *
 * @param resultId the id
 * @param topic where its records are
 * @param records every record under the id, in the order in which they were written; the last one stands
 * @param inputs of the last record, as they lie in the topics
 * @param recomputation what comes out of them now
 * @param results of a moderation decision the evidence of each result that it was made from; else empty
 */
public record Explanation(
        String resultId,
        String topic,
        List<Written> records,
        List<Input> inputs,
        Recomputation recomputation,
        List<Explanation> results) {

    /**
     * A record and where it is.
     *
     * @param at wall-clock ms at which Kafka took it
     */
    public record Written(int partition, long offset, long at, SpecificRecordBase record) {}

    /**
     * An input.
     *
     * @param sha256 lower-case hex of the record's value; null where the topic no longer has it
     * @param problem why it is not what the result used; null where it is
     */
    public record Input(InputReference reference, String sha256, String problem) {}

    /** What became of computing the result from the topics again. */
    public sealed interface Recomputation {

        /**
         * It gives the same: all numbers within 1e-4, everything else equal.
         *
         * @param largestDifference of two numbers
         */
        record Same(double largestDifference) implements Recomputation {}

        /**
         * It gives something else.
         *
         * @param differences each with its place
         */
        record Different(double largestDifference, List<String> differences, Map<String, Object> computed)
                implements Recomputation {}

        /**
         * It was not possible.
         *
         * @param why and what would help
         */
        record Impossible(String why) implements Recomputation {}

        /** There is nothing to compute. */
        record Nothing(String why) implements Recomputation {}
    }

    /** The record that stands. */
    public SpecificRecordBase last() {
        return records.get(records.size() - 1).record();
    }

    /** Whether the result could be confirmed: its computation and that of the results that it was made from. */
    public boolean confirmed() {
        return (recomputation instanceof Recomputation.Same || recomputation instanceof Recomputation.Nothing)
                && inputs.stream().allMatch(input -> input.problem() == null)
                && results.stream().allMatch(Explanation::confirmed);
    }
}
