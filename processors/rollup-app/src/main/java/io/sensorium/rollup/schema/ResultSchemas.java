// SPDX-License-Identifier: Apache-2.0
package io.sensorium.rollup.schema;

import io.sensorium.pipeline.OperatorType;
import io.sensorium.pipeline.PipelineTopics;
import io.sensorium.results.CaptionResult;
import io.sensorium.results.FusionResult;
import io.sensorium.results.IncompleteWindow;
import io.sensorium.results.LateEvent;
import io.sensorium.results.MatchResult;
import io.sensorium.results.SentimentResult;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.avro.Schema;

/** What a pipeline writes of its windows and events, by topic. */
public final class ResultSchemas {

    private ResultSchemas() {}

    /** Schema of each operator's output, in the pipeline file's order, then of incomplete windows and late events. */
    public static Map<String, Schema> of(PipelineTopics topics) {
        Map<String, Schema> schemas = new LinkedHashMap<>();
        topics.operators().forEach(operator -> schemas.put(operator.output(), of(operator.type())));
        schemas.put(topics.sideTopics().incomplete(), IncompleteWindow.getClassSchema());
        schemas.put(topics.sideTopics().late(), LateEvent.getClassSchema());
        return schemas;
    }

    private static Schema of(OperatorType type) {
        return switch (type) {
            case SENTIMENT -> SentimentResult.getClassSchema();
            case MATCH -> MatchResult.getClassSchema();
            case ONNX -> FusionResult.getClassSchema();
            case CAPTIONS -> CaptionResult.getClassSchema();
        };
    }
}
