// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.bank;

import java.util.Comparator;

/**
 * An item of a bank that some content matches.
 *
 * @param id the item's
 * @param label the item's
 * @param by what was compared
 * @param distance of a text 0; of an image the bits of the hash that differ; of an embedding 1 less the cosine
 */
public record Match(String id, String label, By by, double distance) {

    /** What was compared, the most certain first. */
    public enum By {
        TEXT,
        PDQ,
        EMBEDDING
    }

    /** The better match first: by what was compared, then by distance, then by id. */
    public static final Comparator<Match> BETTER =
            Comparator.comparing(Match::by).thenComparingDouble(Match::distance).thenComparing(Match::id);

    /**
     * The better of two.
     *
     * @param one null for none; so may be the other
     * @return null where both are
     */
    public static Match better(Match one, Match other) {
        return one == null || other != null && BETTER.compare(other, one) < 0 ? other : one;
    }
}
