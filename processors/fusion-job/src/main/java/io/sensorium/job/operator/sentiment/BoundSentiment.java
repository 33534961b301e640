// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.operator.sentiment;

import io.sensorium.job.moderation.ValueKind;
import io.sensorium.job.operator.BoundOperator;
import io.sensorium.job.operator.HeadSlots;
import io.sensorium.job.operator.OperatorRunner;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** @param modalities their names */
record BoundSentiment(SentimentOperator operator, HeadSlots slots, List<String> modalities) implements BoundOperator {

    @Override
    public Map<String, ValueKind> values() {
        Map<String, ValueKind> values = new LinkedHashMap<>();
        for (String number :
                List.of("score", "agreement", "probability.NEGATIVE", "probability.NEUTRAL", "probability.POSITIVE")) {
            values.put(number, ValueKind.NUMBER);
        }
        values.put("label", ValueKind.TEXT);
        modalities.forEach(modality -> values.put("contribution." + modality, ValueKind.NUMBER));
        return values;
    }

    @Override
    public OperatorRunner open(Setup setup) {
        return new SentimentRunner(this, setup);
    }
}
