// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest.format;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.config.PipelineFile;
import io.sensorium.job.records.Coordinates;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RecordRemarksTest {

    private static final long NOW = 1_700_000_000_000L;

    private static RecordRemarks remarks(String event) throws Exception {
        return new RecordRemarks(
                PipelineFile.parse("p", """
                                modalities: {m: {encoder: e, topic: t, format: json, event: {%s}}}
                                align: {min_modalities: 1}
                                operators: {s: {type: sentiment}}
                                """.formatted(event))
                        .modalities()
                        .get(0)
                        .events(),
                null);
    }

    private static Coordinates record(String json) {
        byte[] header = "acme".getBytes(StandardCharsets.UTF_8);
        return new Coordinates("t", 0, 7, NOW, null, json.getBytes(StandardCharsets.UTF_8), Map.of("tenant", header));
    }

    @Test
    void whatAnEventLacksIsNamedWithWhatItHas() throws Exception {
        assertThat(remarks("payload: $.text, content_type: $.mime, attributes: {tenant: header.Tenant, lang: $.lang}")
                        .event(record("{\"text\": \"x\", \"language\": \"en\"}"), NOW, NOW))
                .containsExactly(
                        "attributes.tenant: header.Tenant is not there; names of headers are case-sensitive; the "
                                + "record has [tenant]",
                        "attributes.lang ($.lang) matches nothing; the record has [text, language]",
                        "content_type ($.mime) matches nothing; the record has [text, language]");
    }

    @Test
    void aCompleteEventHasNoRemarks() throws Exception {
        RecordRemarks remarks = remarks("payload: $.text, content_type: $.mime, attributes: {tenant: header.tenant}");
        Coordinates record = record("{\"text\": \"x\", \"mime\": \"text/plain\"}");
        assertThat(remarks.event(record, NOW, NOW)).isEmpty();
        assertThat(remarks.contentType(record)).contains("text/plain");
    }

    @Test
    void aDoubtfulTimeIsNamed() throws Exception {
        assertThat(remarks("payload: $.text, event_time: $.at").event(record("{}"), NOW / 1000, NOW))
                .singleElement()
                .asString()
                .contains("event_time ($.at, as: epoch-millis) is 1970", "as epoch-seconds it would be 2023-11-14");
    }

    @Test
    void theAbsenceOfAnEventIsExplainedWithItsPath() throws Exception {
        RecordRemarks remarks = remarks("payload: $.photo");
        assertThat(remarks.absence(record("{\"image\": \"x\"}")))
                .isEqualTo("payload ($.photo) matches nothing; the record has [image]");
        assertThat(remarks.absence(record("{\"photo\": null}"))).isEqualTo("payload ($.photo) is null");
        assertThat(remarks.absence(record("{\"photo\": \"\"}"))).isEqualTo("payload ($.photo) is empty");
        assertThat(remarks("payload: $.blob.jpeg").absence(record("{\"blob\": {\"jpg\": \"x\", \"mime\": \"y\"}}")))
                .isEqualTo("payload ($.blob.jpeg) matches nothing; $.blob has [jpg, mime]");
        assertThat(remarks("payload: '$.blob[7]'").absence(record("{\"blob\": []}")))
                .isEqualTo("payload ($.blob[7]) matches nothing");
        assertThat(remarks.absence(record("{"))).startsWith("the record cannot be decoded");
    }
}
