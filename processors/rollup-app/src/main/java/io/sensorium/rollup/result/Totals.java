// SPDX-License-Identifier: Apache-2.0
package io.sensorium.rollup.result;

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
public record Totals(
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

    /** Nothing. */
    public static final Totals NONE = new Totals(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    /**
     * A complete window.
     *
     * @param events in it
     */
    public static Totals complete(int events) {
        return new Totals(1, 0, events, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    }

    /**
     * An incomplete window.
     *
     * @param events in it
     */
    public static Totals incomplete(int events) {
        return new Totals(0, 1, events, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    }

    /** A late event. */
    public static Totals lateEvent() {
        return new Totals(0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    }

    /** A sentiment result of one of the three labels. */
    public static Totals sentiment(
            boolean negative, boolean neutral, boolean positive, double score, double agreement) {
        return new Totals(
                0,
                0,
                0,
                0,
                negative ? 1 : 0,
                neutral ? 1 : 0,
                positive ? 1 : 0,
                score,
                score * score,
                agreement,
                0,
                0,
                0);
    }

    /**
     * A match result.
     *
     * @param pairs matched against each other
     * @param matched how many of them match
     * @param probability sum of the pairs' probabilities
     */
    public static Totals pairs(long pairs, long matched, double probability) {
        return new Totals(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, pairs, matched, probability);
    }

    /** The sum. */
    public Totals plus(Totals other) {
        return plus(other, 1);
    }

    /** Without what was added before. */
    public Totals minus(Totals other) {
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
    public long sentiments() {
        return negative + neutral + positive;
    }

    /** Writes the nine counts, then the four sums. */
    public void write(DataOutput out) throws IOException {
        for (long count :
                new long[] {complete, incomplete, events, late, negative, neutral, positive, pairs, matched}) {
            out.writeLong(count);
        }
        for (double sum : new double[] {score, squares, agreement, probability}) {
            out.writeDouble(sum);
        }
    }

    /** Reads what {@link #write} wrote. */
    public static Totals read(DataInput in) throws IOException {
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
