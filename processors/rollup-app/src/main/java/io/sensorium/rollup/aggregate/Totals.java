// SPDX-License-Identifier: Apache-2.0
package io.sensorium.rollup.aggregate;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * What results add up to. Adding is exact in the counts; in the sums a result that is taken out again leaves at most
 * rounding behind.
 *
 * @param complete windows with what they needed
 * @param incomplete windows without
 * @param events in those windows
 * @param late events
 * @param negative sentiment results with this label; likewise neutral and positive
 * @param score sum of the scores
 * @param squares sum of their squares
 * @param agreement sum of the agreements
 * @param pairs matched against each other
 * @param matched of them
 * @param probability sum of the pairs' probabilities
 */
record Totals(
        long complete,
        long incomplete,
        long events,
        long late,
        long negative,
        long neutral,
        long positive,
        double score,
        double squares,
        double agreement,
        long pairs,
        long matched,
        double probability) {

    static final Totals NONE = new Totals(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    Totals plus(Totals other) {
        return plus(other, 1);
    }

    Totals minus(Totals other) {
        return plus(other, -1);
    }

    private Totals plus(Totals other, int sign) {
        return new Totals(
                complete + sign * other.complete,
                incomplete + sign * other.incomplete,
                events + sign * other.events,
                late + sign * other.late,
                negative + sign * other.negative,
                neutral + sign * other.neutral,
                positive + sign * other.positive,
                score + sign * other.score,
                squares + sign * other.squares,
                agreement + sign * other.agreement,
                pairs + sign * other.pairs,
                matched + sign * other.matched,
                probability + sign * other.probability);
    }

    /** Sentiment results. */
    long sentiments() {
        return negative + neutral + positive;
    }

    void write(DataOutput out) throws IOException {
        for (long count :
                new long[] {complete, incomplete, events, late, negative, neutral, positive, pairs, matched}) {
            out.writeLong(count);
        }
        for (double sum : new double[] {score, squares, agreement, probability}) {
            out.writeDouble(sum);
        }
    }

    static Totals read(DataInput in) throws IOException {
        long[] counts = new long[9];
        for (int i = 0; i < counts.length; i++) {
            counts[i] = in.readLong();
        }
        return new Totals(
                counts[0],
                counts[1],
                counts[2],
                counts[3],
                counts[4],
                counts[5],
                counts[6],
                in.readDouble(),
                in.readDouble(),
                in.readDouble(),
                counts[7],
                counts[8],
                in.readDouble());
    }
}
