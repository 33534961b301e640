// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sensorium.job.alignment.AlignedWindow;
import io.sensorium.job.alignment.AlignedWindow.Status;
import io.sensorium.job.alignment.EmbeddingVector;
import io.sensorium.job.alignment.EmbeddingVector.Precision;
import io.sensorium.job.alignment.EncodedEvent;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.job.models.PipelineModels;
import io.sensorium.job.records.OutputRecord;
import io.sensorium.job.records.OutputSchemas;
import io.sensorium.job.serde.OutputRecordSerializer;
import io.sensorium.operators.onnx.EmbeddingBytes;
import io.sensorium.operators.pack.ModelCatalog;
import io.sensorium.pipeline.ConfigurationException;
import io.sensorium.results.DeadLetter;
import io.sensorium.results.ModerationDecision;
import io.sensorium.results.ResultReference;
import io.sensorium.results.SentimentResult;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificRecord;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;

/** Decisions say why, follow the revisions of their windows, and leave no state behind. */
class ModerationTest {

    private static final String YAML = """
            modalities:
              image: {encoder: image-inception-mixed5}
              text: {encoder: text-bge-small-en}
            align: {strategy: tumbling, size: 10ms, allowed_lateness: 20ms}
            operators:
              sentiment: {type: sentiment, fusion: hierarchical}
              match: {type: match, pairs: [[image, text]]}
            emit: {attributes: [channel]}
            moderation:
              rules:
                explicit: {version: 3, when: moderation.porn > 0.6 and attributes.channel != "adults", action: hide, severity: high}
                mismatch: {when: match.image-text.probability <= 1 and sentiment.score >= -1, action: review, mode: shadow}
            """;
    private static final long IMAGE = hash("image-inception-mixed5");
    private static final long TEXT = hash("text-bge-small-en");

    private static long hash(String encoder) {
        return PipelineModels.shortHash(ModelCatalog.bundled().find(encoder).orElseThrow());
    }

    private static KeyedOneInputStreamOperatorTestHarness<String, AlignedWindow, OutputRecord> harness()
            throws Exception {
        PipelineConfig config = PipelineFile.parse("moderation.yaml", YAML);
        Map<String, Integer> ids = new HashMap<>();
        OutputSchemas.topics(config).keySet().forEach(topic -> ids.put(topic, 1));
        var models = PipelineModels.resolve(config, new ArrayList<>(), new ArrayList<>())
                .orElseThrow();
        var harness = new KeyedOneInputStreamOperatorTestHarness<String, AlignedWindow, OutputRecord>(
                new FuseOperatorFactory(config, models.fileBundle(config), new OutputSchemas(ids), null),
                AlignedWindow::subject,
                Types.STRING);
        harness.setup(OutputRecordSerializer.INSTANCE);
        return harness;
    }

    private static EncodedEvent image(double porn, String channel) {
        return new EncodedEvent(
                0, "i", 1, 0, 7, 0, IMAGE, vector(768), Map.of("channel", channel), Map.of("porn", porn));
    }

    private static EncodedEvent text() {
        return new EncodedEvent(1, "t", 2, 0, 8, 0, TEXT, vector(384), Map.of(), Map.of());
    }

    private static EmbeddingVector vector(int dimension) {
        float[] vector = new float[dimension];
        Arrays.fill(vector, 0.1f);
        return new EmbeddingVector(EmbeddingBytes.ofFloat32(vector), Precision.FLOAT32);
    }

    private static StreamRecord<AlignedWindow> window(
            Status status, int[] revisions, List<Integer> missing, EncodedEvent... events) {
        return new StreamRecord<>(new AlignedWindow(
                "s", 0, 10, "", List.of(events), missing, status, false, AlignedWindow.ALL_OPERATORS, revisions));
    }

    static <T extends SpecificRecord> List<T> written(
            KeyedOneInputStreamOperatorTestHarness<String, AlignedWindow, OutputRecord> harness,
            String topic,
            Class<T> type)
            throws Exception {
        List<T> records = new ArrayList<>();
        for (OutputRecord record : harness.extractOutputValues()) {
            if (record.topic().equals(topic)) {
                records.add(new SpecificDatumReader<>(type)
                        .read(
                                null,
                                DecoderFactory.get()
                                        .binaryDecoder(record.value(), 5, record.value().length - 5, null)));
            }
        }
        return records;
    }

    @Test
    void saysWhatFiredAndByWhichResults() throws Exception {
        try (var harness = harness()) {
            harness.open();
            harness.processElement(window(Status.FINAL, AlignedWindow.FIRST, List.of(), image(0.75, "news"), text()));
            harness.prepareSnapshotPreBarrier(1);
            List<ModerationDecision> decisions = written(harness, "results.moderation", ModerationDecision.class);
            assertThat(decisions).extracting(ModerationDecision::getRule).containsExactly("explicit", "mismatch");
            ModerationDecision explicit = decisions.get(0);
            assertThat(explicit.getRuleVersion()).isEqualTo(3);
            assertThat(explicit.getAction()).isEqualTo("hide");
            assertThat(explicit.getSeverity()).isEqualTo("HIGH");
            assertThat(explicit.getMode()).isEqualTo("ENFORCE");
            assertThat(explicit.getValues()).isEqualTo(Map.of("moderation.porn", 0.75, "attributes.channel", "news"));
            assertThat(explicit.getStatus()).isEqualTo("FINAL");
            assertThat(explicit.getInputs())
                    .extracting(input -> input.getTopic() + "@" + input.getOffset())
                    .containsExactly("media.image@7", "media.text@8");
            String sentiment = written(harness, "results.sentiment", SentimentResult.class)
                    .get(0)
                    .getResultId();
            assertThat(explicit.getResults())
                    .extracting(ResultReference::getOperator)
                    .containsExactly("sentiment", "match");
            assertThat(explicit.getResults().get(0).getResultId()).isEqualTo(sentiment);
            assertThat(decisions.get(1).getMode()).isEqualTo("SHADOW");
            assertThat(decisions.get(1).getValues())
                    .containsOnlyKeys("match.image-text.probability", "sentiment.score");
        }
    }

    @Test
    void judgesAPictureWithoutCompany() throws Exception {
        try (var harness = harness()) {
            harness.open();
            harness.processElement(window(Status.FINAL, AlignedWindow.FIRST, List.of(1), image(0.75, "news")));
            harness.prepareSnapshotPreBarrier(1);
            List<ModerationDecision> decisions = written(harness, "results.moderation", ModerationDecision.class);
            assertThat(decisions).extracting(ModerationDecision::getRule).containsExactly("explicit");
            assertThat(decisions.get(0).getResults())
                    .extracting(ResultReference::getOperator)
                    .containsExactly("");
        }
    }

    @Test
    void aWindowOnWhichTheRulesFailIsADeadLetterAndTheNextOneIsEvaluated() throws Exception {
        EncodedEvent broken = new EncodedEvent(
                0, "i", 1, 0, 6, 0, IMAGE, vector(768), Map.of(), Collections.singletonMap("porn", null));
        try (var harness = harness()) {
            harness.open();
            harness.processElement(window(Status.FINAL, AlignedWindow.FIRST, List.of(1), broken));
            harness.processElement(window(Status.FINAL, AlignedWindow.FIRST, List.of(), image(0.75, "news"), text()));
            harness.prepareSnapshotPreBarrier(1);
            assertThat(written(harness, "media.dead-letters", DeadLetter.class))
                    .filteredOn(letter -> letter.getStage().equals("moderate"))
                    .singleElement()
                    .satisfies(letter -> {
                        assertThat(letter.getCode()).isEqualTo("MODEL_FAILED");
                        assertThat(letter.getOffset()).isEqualTo(6);
                        assertThat(letter.getMessage()).contains("moderation rules failed");
                    });
            assertThat(written(harness, "results.moderation", ModerationDecision.class))
                    .extracting(ModerationDecision::getRule)
                    .containsExactly("explicit", "mismatch");
        }
    }

    @Test
    void takesBackWhatARevisionNoLongerFires() throws Exception {
        OperatorSubtaskState state;
        try (var harness = harness()) {
            harness.open();
            harness.processElement(window(Status.FINAL, new int[] {0, 0, 0}, List.of(), image(0.75, "news"), text()));
            harness.processWatermark(new Watermark(10));
            state = harness.snapshot(1, 1);
        }
        try (var harness = harness()) {
            harness.initializeState(state);
            harness.open();
            // An earlier picture turns out to be of another channel, then it is not.
            harness.processElement(window(Status.FINAL, new int[] {0, 1, 1}, List.of(), image(0.75, "adults"), text()));
            harness.processElement(window(Status.FINAL, new int[] {0, 2, 2}, List.of(), image(0.75, "adults"), text()));
            harness.processElement(window(Status.FINAL, new int[] {0, 3, 3}, List.of(), image(0.8, "news"), text()));
            harness.processElement(
                    window(Status.RETRACTED, new int[] {0, 4, 4}, List.of(), image(0.8, "news"), text()));
            harness.prepareSnapshotPreBarrier(1);
            List<ModerationDecision> explicit =
                    written(harness, "results.moderation", ModerationDecision.class).stream()
                            .filter(decision -> decision.getRule().equals("explicit"))
                            .toList();
            assertThat(explicit)
                    .extracting(ModerationDecision::getStatus)
                    .containsExactly("RETRACTED", "FINAL", "RETRACTED");
            assertThat(explicit).extracting(ModerationDecision::getRevision).containsExactly(1, 2, 3);
            assertThat(explicit.get(0).getValues())
                    .as("a retraction repeats what it takes back")
                    .isEqualTo(Map.of("moderation.porn", 0.75, "attributes.channel", "news"));
            assertThat(harness.numKeyedStateEntries()).isPositive();
            harness.processWatermark(new Watermark(31));
            assertThat(harness.numKeyedStateEntries()).isZero();
            assertThat(harness.numEventTimeTimers()).isZero();
        }
    }

    @Test
    void refusesRulesThatThePipelineCannotJudge() throws Exception {
        PipelineConfig config = PipelineFile.parse(
                "moderation.yaml",
                YAML.replace("moderation.porn", "moderation.prn").replace("match.image-text.", "match.audio-text."));
        assertThat(unjudged(config))
                .satisfiesExactly(
                        first -> assertThat(first)
                                .startsWith("moderation.rules.explicit.when: at 1:1: \"moderation.prn\"")
                                .contains("did you mean \"moderation.porn\"?"),
                        second -> assertThat(second)
                                .startsWith("moderation.rules.mismatch.when: at 1:1: \"match.audio-text.probability\"")
                                .contains("match.image-text.probability"));
        assertThatThrownBy(() -> PipelineFile.parse(
                        "moderation.yaml",
                        YAML.replace(" > 0.6", " >")
                                .replace("action: hide", "actoin: hide")
                                .replace("high", "hgh")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("moderation.rules.explicit.when: at 1:19")
                .hasMessageContaining("moderation.rules.explicit.action: is missing")
                .hasMessageContaining("moderation.rules.explicit.actoin: is not a known key; did you mean \"action\"?")
                .hasMessageContaining("one of [low, medium, high, critical]");
    }

    /** Of what models give that were not found nothing can be said, of everything else it can. */
    @Test
    void aMissingEncoderHidesNoProblemOfTheRules() throws Exception {
        PipelineConfig config = PipelineFile.parse(
                "moderation.yaml",
                YAML.replace("image-inception-mixed5", "image-inception-mixd5")
                        .replace("fusion: hierarchical", "model: sentiment-hierarchical, fusion: hierarchical")
                        .replace("moderation.porn > 0.6", "moderation.prn > 0.6 and signals.image.prn > 0.6")
                        .replace("sentiment.score", "sentiment.scor")
                        .replace("attributes.channel", "attributes.chanel"));
        assertThat(unjudged(config))
                .satisfiesExactly(
                        first -> assertThat(first).contains("\"attributes.chanel\"", "attributes.channel"),
                        second -> assertThat(second).contains("\"sentiment.scor\"", "sentiment.score"));
    }

    private static List<String> unjudged(PipelineConfig config) {
        List<String> problems = new ArrayList<>();
        ModerationValues.check(config, PipelineModels.find(config, new ArrayList<>(), new ArrayList<>()), problems);
        return problems;
    }
}
