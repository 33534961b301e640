// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.encode;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Puts the regions of an image into the order in which they are read: rows from the top, each from its left. */
final class ReadingOrder {

    /** From this share of common rows, two regions stand side by side. */
    private static final double SAME_ROW = 0.5;

    /** From this one, they are parts of a line. */
    private static final double SAME_LINE = 0.7;

    /** Space between a narrow letter and the rest of its line, in heights of the line. */
    private static final double LETTER = 0.6;

    private ReadingOrder() {}

    /**
     * One region for each line of which several were found: parts that overlap, as those of an image's overlapping
     * sections do, and narrow letters, such as I, beside the rest of their line.
     */
    static List<TextRegion> merged(List<TextRegion> regions) {
        List<TextRegion> merged = new ArrayList<>();
        for (TextRegion region : sorted(regions)) {
            TextRegion whole = region;
            for (int i = merged.size() - 1; i >= 0; i--) {
                if (areOneLine(whole, merged.get(i))) {
                    whole = whole.union(merged.remove(i));
                } else if (isInside(whole, merged.get(i))) {
                    whole = merged.remove(i);
                } else if (isInside(merged.get(i), whole)) {
                    merged.remove(i);
                }
            }
            merged.add(whole);
        }
        return merged;
    }

    private static boolean areOneLine(TextRegion one, TextRegion other) {
        boolean bothLevel = one.isLevel() && other.isLevel();
        if (!bothLevel && !(one.isLevel() && other.isStanding() || one.isStanding() && other.isLevel())) {
            return false;
        }
        double lower = Math.min(one.bottom() - one.top(), other.bottom() - other.top());
        double higher = Math.max(one.bottom() - one.top(), other.bottom() - other.top());
        double between = Math.max(one.left(), other.left()) - Math.min(one.right(), other.right());
        return one.sharedRows(other) >= SAME_LINE
                && lower >= SAME_LINE * higher
                && between <= (bothLevel ? 0 : LETTER * lower);
    }

    private static boolean isInside(TextRegion one, TextRegion other) {
        return one.left() >= other.left()
                && one.right() <= other.right()
                && one.top() >= other.top()
                && one.bottom() <= other.bottom();
    }

    static List<TextRegion> sorted(List<TextRegion> regions) {
        List<TextRegion> byTop = new ArrayList<>(regions);
        byTop.sort(Comparator.comparingDouble(TextRegion::top).thenComparingDouble(TextRegion::left));
        List<TextRegion> sorted = new ArrayList<>(byTop.size());
        while (!byTop.isEmpty()) {
            TextRegion first = byTop.get(0);
            List<TextRegion> row = byTop.stream()
                    .filter(region -> region == first || region.sharedRows(first) > SAME_ROW)
                    .sorted(Comparator.comparingDouble(TextRegion::left))
                    .toList();
            sorted.addAll(row);
            byTop.removeAll(row);
        }
        return sorted;
    }
}
