// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.encode;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Puts the regions of an image into the order in which they are read: rows from the top, each from its left. */
final class ReadingOrder {

    /** From this share of common rows, two regions stand side by side. */
    private static final double SAME_ROW = 0.5;

    private ReadingOrder() {}

    /**
     * One region for each line where sections of an image that overlap have found parts of it.
     *
     * @param regions by section
     */
    static List<TextRegion> merged(List<List<TextRegion>> regions) {
        List<TextRegion> merged = new ArrayList<>();
        for (List<TextRegion> section : regions) {
            int before = merged.size();
            for (TextRegion region : section) {
                int same = -1;
                for (int i = 0; i < before && same < 0; i++) {
                    TextRegion other = merged.get(i);
                    if (region.overlapsColumns(other) && region.sharedRows(other) > SAME_ROW) {
                        same = i;
                    }
                }
                if (same < 0) {
                    merged.add(region);
                } else if (region.isLevel() && merged.get(same).isLevel()) {
                    merged.set(same, region.union(merged.get(same)));
                } else if (region.width() > merged.get(same).width()) {
                    merged.set(same, region);
                }
            }
        }
        return merged;
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
