// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.emit;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineConfig.EmitKey;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.job.records.Coordinates;
import io.sensorium.job.records.DeadLetters;
import io.sensorium.job.records.FailureCode;
import io.sensorium.job.records.OutputRecord;
import io.sensorium.job.records.OutputSchemas;
import io.sensorium.job.records.RecordWriter;
import io.sensorium.job.records.Stage;
import io.sensorium.pipeline.OutputFormat;
import io.sensorium.results.DeadLetter;
import io.sensorium.results.IncompleteWindow;
import io.sensorium.results.InputReference;
import io.sensorium.results.LateEvent;
import io.sensorium.results.ModelIdentity;
import io.sensorium.results.ModerationDecision;
import io.sensorium.results.ShadowResult;
import io.sensorium.schemas.RecordDecoder;
import io.sensorium.schemas.WireFormatDecoder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.flink.api.common.functions.util.ListCollector;
import org.apache.flink.streaming.util.MockStreamingRuntimeContext;
import org.junit.jupiter.api.Test;

/** No record reaches the sink that its topic would refuse. */
class OversizedRecordsTest {

    private static final int LIMIT = 4096;

    private final PipelineConfig config;
    private final OutputSchemas schemas;
    private final List<OutputRecord> out = new ArrayList<>();
    private final OversizedRecords measure;

    OversizedRecordsTest() throws Exception {
        config = PipelineFile.parse("p.yaml", """
                modalities: {text: {encoder: text-bge-small-en}}
                align: {min_modalities: 1}
                operators: {s: {type: sentiment}}
                rollout: {watch: /nowhere}
                moderation: {rules: {r: {when: window.forced, action: hide}}}
                """);
        Map<String, Integer> ids = new HashMap<>();
        Map<String, Integer> limits = new HashMap<>();
        OutputSchemas.topics(config).keySet().forEach(topic -> {
            ids.put(topic, 1);
            limits.put(topic, LIMIT);
        });
        schemas = new OutputSchemas(ids, EmitKey.SUBJECT, limits);
        measure = new OversizedRecords(config, schemas);
        measure.setRuntimeContext(new MockStreamingRuntimeContext(2, 1));
        measure.open(null);
    }

    private List<OutputRecord> measured(OutputRecord record) throws Exception {
        measure.flatMap(record, new ListCollector<>(out));
        assertThat(out)
                .isNotEmpty()
                .allSatisfy(each -> assertThat(schemas.fits(each)).isTrue());
        return out;
    }

    private static DeadLetter letter(OutputRecord record) throws Exception {
        int header = WireFormatDecoder.HEADER_BYTES;
        return new SpecificDatumReader<DeadLetter>(DeadLetter.getClassSchema())
                .read(
                        null,
                        DecoderFactory.get()
                                .binaryDecoder(record.value(), header, record.value().length - header, null));
    }

    private static List<InputReference> inputs(int count) {
        List<InputReference> inputs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            inputs.add(new InputReference(
                    "text",
                    "event-" + i,
                    Instant.EPOCH,
                    "media.text",
                    3,
                    (long) i,
                    null,
                    null,
                    null,
                    null,
                    List.of(),
                    List.of(),
                    null));
        }
        return inputs;
    }

    private OutputRecord incomplete(String subject, int events) {
        return new RecordWriter<>(config.sideTopics().incomplete(), IncompleteWindow.getClassSchema(), schemas)
                .write(
                        subject,
                        new IncompleteWindow(
                                "id",
                                subject,
                                Instant.EPOCH,
                                Instant.EPOCH,
                                "FINAL",
                                0,
                                false,
                                List.of("text"),
                                inputs(events),
                                Map.of(),
                                Map.of(),
                                "",
                                null,
                                Instant.EPOCH,
                                List.of("image")),
                        5);
    }

    @Test
    void aRecordThatFitsGoesOnAsItIs() throws Exception {
        OutputRecord small = incomplete("s", 3);
        assertThat(measured(small)).singleElement().isSameAs(small);
    }

    @Test
    void anIncompleteWindowThatIsTooLargeIsADeadLetterForEachInput() throws Exception {
        List<OutputRecord> letters = measured(incomplete("s", 500));
        assertThat(letters).hasSize(500);
        DeadLetter last = letter(letters.get(499));
        assertThat(last.getTopic()).isEqualTo("media.text");
        assertThat(last.getPartition()).isEqualTo(3);
        assertThat(last.getOffset()).isEqualTo(499);
        assertThat(last.getStage()).isEqualTo("emit");
        assertThat(last.getCode()).isEqualTo("MODEL_FAILED");
        assertThat(last.getFault()).isEqualTo("PLATFORM");
        assertThat(last.getMessage())
                .startsWith("the IncompleteWindow record has ")
                .contains("topic results.incomplete allows (max.message.bytes); lower align.max_events");
    }

    @Test
    void aLetterWhoseSubjectIsTooLargeLosesItsKey() throws Exception {
        List<OutputRecord> letters = measured(incomplete("s".repeat(60_000), 1));
        assertThat(letters)
                .singleElement()
                .satisfies(record -> assertThat(record.key()).isNull());
        assertThat(letter(letters.get(0)).getOffset()).isZero();
    }

    @Test
    void aLateEventThatIsTooLargeIsADeadLetter() throws Exception {
        OutputRecord late = new RecordWriter<>(config.sideTopics().late(), LateEvent.getClassSchema(), schemas)
                .write(
                        "s",
                        new LateEvent(
                                "text",
                                "e",
                                "s",
                                Instant.EPOCH,
                                Instant.EPOCH,
                                0L,
                                "media.text",
                                1,
                                2L,
                                Map.of("k", "v".repeat(LIMIT))),
                        0);
        assertThat(letter(measured(late).get(0)).getOffset()).isEqualTo(2);
        assertThat(out).hasSize(1);
    }

    @Test
    void aDecisionThatIsTooLargeIsADeadLetterForEachInput() throws Exception {
        OutputRecord decision = new RecordWriter<>(
                        config.moderation().output(), ModerationDecision.getClassSchema(), schemas)
                .write(
                        "s",
                        new ModerationDecision(
                                "id",
                                "s",
                                Instant.EPOCH,
                                Instant.EPOCH,
                                "FINAL",
                                0,
                                false,
                                List.of("text"),
                                inputs(2),
                                Map.of("k", "v".repeat(LIMIT)),
                                Map.of(),
                                "moderation.r",
                                null,
                                Instant.EPOCH,
                                "r",
                                1,
                                "window.forced",
                                "ENFORCE",
                                "hide",
                                "LOW",
                                Map.of(),
                                List.of(),
                                Map.of(),
                                null),
                        0);
        assertThat(measured(decision)).hasSize(2);
    }

    @Test
    void theAdviceNamesTextsWhereRecordsCarryThem() throws Exception {
        PipelineConfig texts = PipelineFile.parse("p.yaml", """
                modalities: {text: {encoder: text-bge-small-en}}
                align: {min_modalities: 1}
                operators: {s: {type: sentiment}}
                rollout: {watch: /nowhere}
                emit: {texts: [text]}
                moderation: {rules: {r: {when: window.forced, action: hide}}}
                """);
        OversizedRecords measured = new OversizedRecords(texts, schemas);
        measured.setRuntimeContext(new MockStreamingRuntimeContext(2, 1));
        measured.open(null);

        measured.flatMap(incomplete("s", 500), new ListCollector<>(out));

        assertThat(letter(out.get(0)).getMessage())
                .contains("lower align.max_events, split the subject, name fewer modalities in emit.texts, or raise");
    }

    @Test
    void aShadowResultThatIsTooLargeKeepsItsScoresAndLosesItsValues() throws Exception {
        Map<String, Double> values = new HashMap<>();
        for (int i = 0; i < 1000; i++) {
            values.put("value-" + i, 1.0);
        }
        ModelIdentity model = new ModelIdentity("m", "1", "00");
        OutputRecord shadow = new RecordWriter<>(config.sideTopics().shadow(), ShadowResult.getClassSchema(), schemas)
                .write(
                        "s",
                        new ShadowResult(
                                "id",
                                "s",
                                Instant.EPOCH,
                                Instant.EPOCH,
                                "FINAL",
                                0,
                                "s",
                                model,
                                model,
                                0.5,
                                0.25,
                                0.25,
                                null,
                                null,
                                values,
                                values,
                                null,
                                Instant.EPOCH),
                        0);
        OutputRecord kept = measured(shadow).get(0);
        assertThat(out).hasSize(1);
        assertThat(kept.topic()).isEqualTo(config.sideTopics().shadow());
    }

    @Test
    void aDeadLetterThatIsTooLargeKeepsItsCoordinatesAlone() throws Exception {
        OutputRecord large = new DeadLetters(config, schemas, new DeadLetters.Writer(getClass(), 0))
                .of(
                        new Coordinates(
                                "t".repeat(249),
                                7,
                                8,
                                9,
                                new byte[100],
                                new byte[50_000],
                                Map.of("h", new byte[50_000])),
                        Stage.INGEST,
                        FailureCode.UNDECODABLE,
                        "\ud83d\ude00".repeat(1 << 20));
        DeadLetter letter = letter(measured(large).get(0));
        assertThat(out).hasSize(1);
        assertThat(letter.getValue()).isNull();
        assertThat(letter.getKey()).isNull();
        assertThat(letter.getHeaders()).isEmpty();
        assertThat(letter.getValueSize()).isEqualTo(50_000);
        assertThat(letter.getPartition()).isEqualTo(7);
        assertThat(letter.getOffset()).isEqualTo(8);
        assertThat(letter.getCode()).isEqualTo("UNDECODABLE");
        assertThat(letter.getMessage()).endsWith(" …").doesNotContain("\ufffd").hasSizeLessThan(600);
    }

    /** Both measure what is really written: in JSON bytes are a third longer, and some characters six times. */
    @Test
    void aDeadLetterInJsonKeepsItsCoordinatesAloneAsWell() throws Exception {
        var json = new OutputSchemas(OutputFormat.JSON, Map.of(), Integer.BYTES, EmitKey.SUBJECT, schemas.limits());
        OutputRecord large = new DeadLetters(config, json, new DeadLetters.Writer(getClass(), 0))
                .of(
                        new Coordinates(
                                "t".repeat(249), 7, Long.MAX_VALUE, 9, new byte[500], new byte[50_000], Map.of()),
                        Stage.INGEST,
                        FailureCode.EVENT_TIME_OUT_OF_RANGE,
                        "\u0001".repeat(5_000));
        assertThat(json.fits(large)).isFalse();
        OversizedRecords measured = new OversizedRecords(config, json);
        measured.setRuntimeContext(new MockStreamingRuntimeContext(2, 1));
        measured.open(null);
        measured.flatMap(large, new ListCollector<>(out));
        OutputRecord kept = out.get(0);
        DeadLetter letter = RecordDecoder.<DeadLetter>of(DeadLetter.getClassSchema(), Integer.BYTES)
                .decode(kept.value());
        assertThat(out).hasSize(1);
        assertThat(json.fits(kept)).isTrue();
        assertThat(letter.getOffset()).isEqualTo(Long.MAX_VALUE);
        assertThat(letter.getValue()).isNull();
        assertThat(kept.headers())
                .containsEntry("__streams.errors.offset", Long.toString(Long.MAX_VALUE))
                .containsEntry("__connect.errors.topic", "t".repeat(249))
                .doesNotContainKey("__streams.errors.stacktrace");
    }
}
