// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.operator;

import io.sensorium.job.alignment.EncodedEvent;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.avro.specific.SpecificRecordBase;

/**
 * What an operator computed from a window.
 *
 * @param result with the operator's own fields; those that all results share are filled in by the caller
 * @param inputs the events that it was computed from
 * @param vector the fused vector, which later windows of the subject read; null where the head has no context
 * @param outcome the result in numbers, computed when it is read
 * @param values by the names of {@link BoundOperator#values()}, computed when they are read
 */
public record FusedWindow(
        SpecificRecordBase result,
        List<EncodedEvent> inputs,
        float[] vector,
        Supplier<Outcome> outcome,
        Supplier<Map<String, Object>> values) {}
