// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest.format;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.job.ingest.EventReader;
import io.sensorium.job.records.Coordinates;
import io.sensorium.job.records.IngestRecord;
import io.sensorium.operators.pack.ModelKind;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Times that a mapping finds and that no event may have: the mapping may be wrong as well as the producer. */
class MappedTimesTest {

    private static String outcome(String event, String json) throws Exception {
        PipelineConfig config = PipelineFile.parse("p", """
                modalities: {m: {encoder: e, topic: t, format: json, event: {payload: $.text, %s}}}
                align: {min_modalities: 1, valid_time: {earliest: "2000-01-01T00:00:00Z"}}
                operators: {s: {type: sentiment}}
                """.formatted(event));
        byte[] value = json.getBytes(StandardCharsets.UTF_8);
        IngestRecord read = EventReader.of(config, config.modalities().get(0), ModelKind.TEXT_ENCODER, null)
                .read(new Coordinates("t", 0, 7, 1_700_000_000_000L, new byte[] {'k'}, value, Map.of()));
        return read instanceof IngestRecord.Rejected rejected ? rejected.code() + ": " + rejected.message() : "event";
    }

    @Test
    void secondsReadAsMillisecondsNameFieldPathAndUnit() throws Exception {
        assertThat(outcome("event_time: $.at", "{\"text\": \"x\", \"at\": 1700000000}"))
                .isEqualTo(
                        "EVENT_TIME_OUT_OF_RANGE: event_time ($.at, as: epoch-millis) is 1970-01-20T16:13:20Z, before "
                                + "align.valid_time.earliest 2000-01-01T00:00:00Z; as epoch-seconds it would be "
                                + "2023-11-14T22:13:20Z: set event_time.as: epoch-seconds");
    }

    @Test
    void aTimeAheadHasTheLimitAsTheFileWritesIt() throws Exception {
        assertThat(outcome(
                        "event_time: {from: $.at, as: iso-8601}",
                        "{\"text\": \"x\", \"at\": \"2999-01-01T00:00:00Z\"}"))
                .startsWith("EVENT_TIME_OUT_OF_RANGE: event_time ($.at, as: iso-8601) is 2999-01-01T00:00:00Z, further "
                        + "ahead of " + Instant.now().toString().substring(0, 4))
                .endsWith(" than align.valid_time.max_ahead 1d; check the mapping, and the producer's clock and unit");
    }

    @Test
    void aNumberTooLargeNamesTheUnitThatFits() throws Exception {
        assertThat(outcome(
                        "event_time: {from: $.at, as: epoch-seconds}",
                        "{\"text\": \"x\", \"at\": 1700000000000000000}"))
                .startsWith(
                        "EVENT_TIME_OUT_OF_RANGE: event_time ($.at, as: epoch-seconds) is 1700000000000000000, which");
    }

    @Test
    void anEmptyIdNamesItsPath() throws Exception {
        assertThat(outcome("event_id: $.id", "{\"text\": \"x\", \"id\": \"\"}"))
                .startsWith("INVALID_EVENT: event_id ($.id) is empty");
    }
}
