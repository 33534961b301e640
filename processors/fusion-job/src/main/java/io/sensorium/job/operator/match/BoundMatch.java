// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.operator.match;

import io.sensorium.job.moderation.ValueKind;
import io.sensorium.job.operator.BoundOperator;
import io.sensorium.job.operator.HeadSlots;
import io.sensorium.job.operator.OperatorRunner;
import io.sensorium.job.operator.match.MatchOperator.Pair;
import io.sensorium.operators.fuse.MatchHead.SlotPair;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A match operator whose pairs the head compares. */
record BoundMatch(MatchOperator operator, HeadSlots slots, List<BoundPair> pairs) implements BoundOperator {

    /**
     * Two modalities that a head compares.
     *
     * @param slots of the head
     * @param left the modality's index
     * @param right the other's
     */
    record BoundPair(SlotPair slots, int left, int right) {}

    /** Both modalities of any pair. */
    @Override
    public List<Integer> sufficient() {
        return pairs.stream().map(pair -> 1 << pair.left() | 1 << pair.right()).toList();
    }

    @Override
    public List<Integer> wanted() {
        return pairs.stream()
                .flatMap(pair -> Stream.of(pair.left(), pair.right()))
                .sorted()
                .distinct()
                .toList();
    }

    @Override
    public Map<String, ValueKind> values() {
        Map<String, ValueKind> values = new LinkedHashMap<>();
        values.put("coherence", ValueKind.NUMBER);
        for (Pair pair : operator.pairs()) {
            String name = pair.left() + "-" + pair.right();
            values.put(name + ".probability", ValueKind.NUMBER);
            values.put(name + ".similarity", ValueKind.NUMBER);
            values.put(name + ".matched", ValueKind.FLAG);
        }
        return values;
    }

    @Override
    public OperatorRunner open(Setup setup) {
        return new MatchRunner(this, setup);
    }
}
