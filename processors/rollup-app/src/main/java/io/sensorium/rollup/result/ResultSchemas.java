// SPDX-License-Identifier: Apache-2.0
package io.sensorium.rollup.result;

import io.sensorium.pipeline.PipelineTopics;
import io.sensorium.results.IncompleteWindow;
import io.sensorium.results.LateEvent;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.avro.Schema;

/** What a pipeline writes of its windows and events, by topic. */
public final class ResultSchemas {

    private ResultSchemas() {}

    /** Schema of each operator's output, in the pipeline file's order, then of incomplete windows and late events. */
    public static Map<String, Schema> of(PipelineTopics topics) {
        Map<String, Schema> schemas = new LinkedHashMap<>();
        topics.operators()
                .forEach(operator -> schemas.put(
                        operator.output(), ResultTypes.of(operator.type()).schema()));
        schemas.put(topics.sideTopics().incomplete(), IncompleteWindow.getClassSchema());
        schemas.put(topics.sideTopics().late(), LateEvent.getClassSchema());
        return schemas;
    }
}
