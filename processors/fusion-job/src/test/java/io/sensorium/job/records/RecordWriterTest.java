// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.records;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.config.PipelineConfig.EmitKey;
import io.sensorium.results.IncompleteWindow;
import io.sensorium.results.LateEvent;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.Test;

class RecordWriterTest {

    private static final IncompleteWindow WINDOW = new IncompleteWindow(
            "id-1",
            "subject",
            Instant.EPOCH,
            Instant.EPOCH,
            "FINAL",
            0,
            false,
            List.of(),
            List.of(),
            Map.of(),
            Map.of(),
            "",
            null,
            Instant.EPOCH,
            List.of("text"));
    private static final LateEvent LATE =
            new LateEvent("text", "e", "subject", Instant.EPOCH, Instant.EPOCH, 0L, "media.text", 0, 0L, Map.of());

    private static <T extends SpecificRecord> String key(T record, EmitKey key) {
        byte[] written = new RecordWriter<>(
                        "topic", record.getSchema(), new OutputSchemas(Map.of("topic", 1), key, Map.of()))
                .write("subject", record, 0)
                .key();
        return new String(written, StandardCharsets.UTF_8);
    }

    @Test
    void aResultIsKeyedBySubjectOrByResultId() {
        assertThat(key(WINDOW, EmitKey.SUBJECT)).isEqualTo("subject");
        assertThat(key(WINDOW, EmitKey.RESULT_ID)).isEqualTo("id-1");
    }

    @Test
    void aLateEventHasNoResultIdAndKeepsItsSubject() {
        assertThat(key(LATE, EmitKey.RESULT_ID)).isEqualTo("subject");
    }
}
