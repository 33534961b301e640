// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.operator.captions;

import io.sensorium.job.moderation.ValueKind;
import io.sensorium.job.operator.BoundOperator;
import io.sensorium.job.operator.HeadSlots;
import io.sensorium.job.operator.OperatorRunner;
import io.sensorium.operators.fuse.MatchHead.SlotPair;
import io.sensorium.operators.pack.PackedModel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A captions operator with the encoder of its phrases.
 *
 * @param pair the head's slots for events and for phrases
 * @param modality whose events get captions, by index
 */
record BoundCaptions(CaptionsOperator operator, HeadSlots slots, SlotPair pair, int modality, PackedModel phraseEncoder)
        implements BoundOperator {

    @Override
    public List<PackedModel> furtherModels() {
        return List.of(phraseEncoder);
    }

    @Override
    public List<Integer> sufficient() {
        return List.of(1 << modality);
    }

    @Override
    public List<Integer> wanted() {
        return List.of(modality);
    }

    @Override
    public Map<String, ValueKind> values() {
        Map<String, ValueKind> values = new LinkedHashMap<>();
        values.put("phrase", ValueKind.TEXT);
        values.put("similarity", ValueKind.NUMBER);
        values.put("probability", ValueKind.NUMBER);
        return values;
    }

    @Override
    public OperatorRunner open(Setup setup) {
        return new CaptionsRunner(this, setup);
    }
}
