// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.encode;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.job.records.Coordinates;
import io.sensorium.job.records.DeadLetters;
import io.sensorium.job.records.FailureCode;
import io.sensorium.job.records.IngestRecord;
import io.sensorium.job.records.OutputRecord;
import io.sensorium.job.records.OutputSchemas;
import io.sensorium.job.records.Stage;
import io.sensorium.job.trace.StageTracer;
import io.sensorium.results.DeadLetter;
import io.sensorium.schemas.RecordDecoder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FailedRecordsTest {

    private static String message(String modality, Stage stage, FailureCode code, String why) throws Exception {
        PipelineConfig config = PipelineFile.parse("p", """
                modalities: {text: {encoder: e, topic: posts%s}}
                align: {min_modalities: 1}
                operators: {s: {type: sentiment}}
                """.formatted(modality));
        Map<String, Integer> ids = new HashMap<>();
        OutputSchemas.topics(config).keySet().forEach(topic -> ids.put(topic, 1));
        List<OutputRecord> out = new ArrayList<>();
        new FailedRecords(
                        config,
                        0,
                        new DeadLetters(
                                config, new OutputSchemas(ids), new DeadLetters.Writer(FailedRecordsTest.class, 0)),
                        StageTracer.of(false),
                        out::add)
                .fail(
                        new IngestRecord.Rejected(
                                new Coordinates("posts", 0, 7, 0, null, new byte[] {1}, Map.of()), code, why),
                        stage,
                        code,
                        why);
        return RecordDecoder.<DeadLetter>of(DeadLetter.getClassSchema(), Integer.BYTES)
                .decode(out.get(0).value())
                .getMessage();
    }

    @Test
    void theMediaOfAMappedEventAreNamedWithTheirPath() throws Exception {
        String mapped = ", format: json, event: {payload: $.body}";
        assertThat(message(mapped, Stage.ENCODE, FailureCode.EMPTY_PAYLOAD, "the text payload is empty or blank"))
                .isEqualTo("payload ($.body): the text payload is empty or blank");
        assertThat(message(mapped, Stage.INGEST, FailureCode.CORRUPT_MEDIA, "payload ($.body) is not base64"))
                .as("which names it already")
                .isEqualTo("payload ($.body) is not base64");
        assertThat(message(mapped, Stage.ENCODE, FailureCode.MODEL_FAILED, "out of memory"))
                .isEqualTo("out of memory");
        assertThat(message("", Stage.ENCODE, FailureCode.EMPTY_PAYLOAD, "the text payload is empty or blank"))
                .isEqualTo("the text payload is empty or blank");
    }
}
