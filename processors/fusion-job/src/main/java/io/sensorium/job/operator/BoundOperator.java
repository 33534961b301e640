// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.operator;

import io.sensorium.job.alignment.AlignSettings.OperatorNeed;
import io.sensorium.job.moderation.ValueKind;
import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.pack.PackException;
import io.sensorium.operators.pack.PackedModel;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** An operator with its head, bound to the pipeline's modalities. Immutable. */
public interface BoundOperator {

    Operator operator();

    /** What feeds the head. */
    HeadSlots slots();

    /** The head. */
    default PackedModel head() {
        return slots().head();
    }

    /** Models that it runs in addition to the head. */
    default List<PackedModel> furtherModels() {
        return List.of();
    }

    /** Every model that it runs, the head first. */
    default List<PackedModel> models() {
        return Stream.concat(Stream.of(head()), furtherModels().stream()).toList();
    }

    /** Sets of modalities, as bits; a window that has all of any set has what the operator needs. */
    default List<Integer> sufficient() {
        return slots().sufficient();
    }

    /** The modalities, by index, that an incomplete window is reported to lack where it does not have them. */
    default List<Integer> wanted() {
        return slots().fed();
    }

    /** What alignment has to know about it. */
    default OperatorNeed need() {
        return new OperatorNeed(sufficient(), operator().optional());
    }

    /** The values that conditions of moderation rules can read, by name without the operator's key. */
    Map<String, ValueKind> values();

    /**
     * Opens the head.
     *
     * @throws PackException when it does not load
     */
    OperatorRunner open(Setup setup);

    /**
     * What runs an operator.
     *
     * @param modalities their names; an event's modality is an index into this list
     * @param device that the head runs on
     */
    record Setup(List<String> modalities, Device device, Embeddings embeddings) {}
}
