// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.alignment.AlignedWindow;
import io.sensorium.job.alignment.AlignedWindow.Status;
import io.sensorium.job.alignment.EmbeddingVector;
import io.sensorium.job.alignment.EmbeddingVector.Precision;
import io.sensorium.job.alignment.EncodedEvent;
import io.sensorium.job.alignment.Evidence;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.job.evidence.EventTexts;
import io.sensorium.job.models.PipelineModels;
import io.sensorium.job.records.OutputRecord;
import io.sensorium.job.records.OutputSchemas;
import io.sensorium.job.serde.OutputRecordSerializer;
import io.sensorium.operators.encode.Passage;
import io.sensorium.operators.encode.Passage.Box;
import io.sensorium.operators.encode.Passage.Interval;
import io.sensorium.operators.onnx.EmbeddingBytes;
import io.sensorium.operators.pack.ModelCatalog;
import io.sensorium.results.InputReference;
import io.sensorium.results.MatchedTerm;
import io.sensorium.results.ModerationDecision;
import io.sensorium.results.SentimentResult;
import io.sensorium.results.TextPassage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rules over a window's texts, and the texts that decisions and results carry. */
class ModerationTextsTest {

    private static final int SPEECH = 1;
    private static final int TEXT = 2;
    private static final long ENCODER = PipelineModels.shortHash(
            ModelCatalog.bundled().find("text-bge-small-en").orElseThrow());

    @TempDir
    Path folder;

    @BeforeEach
    void list() throws Exception {
        Files.writeString(folder.resolve("slurs.txt"), "twit\nidiot\n");
    }

    private PipelineConfig config(String emit) throws Exception {
        return PipelineFile.parse(folder.resolve("pipeline.yaml").toString(), """
                modalities:
                  text: {encoder: text-bge-small-en}
                  audio: {encoder: audio-speech-embedding, derive: {speech: transcript}}
                align: {strategy: tumbling, size: 10ms, min_modalities: 1, allowed_lateness: 20ms}
                operators:
                  sentiment: {type: sentiment, inputs: {text: [speech, text]}}
                moderation:
                  terms: {slurs: slurs.txt}
                  toxicity: {heads: [text-offensive-early, text-hate-early]}
                  rules:
                    slur: {when: 'terms("slurs", text) > 1 or terms("slurs", speech) > 0', action: hide}
                    free: {when: text contains "free", action: review}
                    short: {when: length(text) < 10, action: review}
                    notFree: {when: text not contains "free" and not length(text) < 10, action: review}
                    abusive: {when: toxicity.offensive > 0.8 and toxicity.speech.offensive < 0.5, action: review}
                %s
                """.formatted(emit));
    }

    private static EncodedEvent event(int modality, String id, Evidence evidence, Map<String, Double> signals) {
        float[] vector = new float[384];
        vector[0] = 1;
        EncodedEvent bare = new EncodedEvent(
                modality,
                id,
                2,
                0,
                8,
                0,
                ENCODER,
                new EmbeddingVector(EmbeddingBytes.ofFloat32(vector), Precision.FLOAT32),
                Map.of(),
                signals);
        return new EncodedEvent(
                modality, id, 2, 0, 8, 0, bare.embeddings(), bare.attributes(), signals, null, evidence);
    }

    private static EncodedEvent event(
            PipelineConfig config, int modality, String id, String text, Passage... passages) {
        EventTexts texts =
                EventTexts.of(config, config.modalities().get(modality).name());
        return event(modality, id, texts.read(text, List.of(passages)), Map.of());
    }

    private static <T extends SpecificRecord> List<T> written(
            PipelineConfig config, String topic, Class<T> type, EncodedEvent... events) throws Exception {
        try (var harness = harness(config)) {
            harness.open();
            harness.processElement(window(Status.FINAL, AlignedWindow.FIRST, events));
            harness.prepareSnapshotPreBarrier(1);
            return ModerationTest.written(harness, topic, type);
        }
    }

    private static KeyedOneInputStreamOperatorTestHarness<String, AlignedWindow, OutputRecord> harness(
            PipelineConfig config) throws Exception {
        Map<String, Integer> ids = new HashMap<>();
        OutputSchemas.topics(config).keySet().forEach(name -> ids.put(name, 1));
        PipelineModels models = PipelineModels.require("moderation.yaml", config, new ArrayList<>());
        var harness = new KeyedOneInputStreamOperatorTestHarness<String, AlignedWindow, OutputRecord>(
                new FuseOperatorFactory(config, models.fileBundle(config), new OutputSchemas(ids), null),
                AlignedWindow::subject,
                Types.STRING);
        harness.setup(OutputRecordSerializer.INSTANCE);
        return harness;
    }

    private static StreamRecord<AlignedWindow> window(Status status, int[] revisions, EncodedEvent... events) {
        return new StreamRecord<>(new AlignedWindow(
                "s", 0, 10, "", List.of(events), List.of(), status, false, AlignedWindow.ALL_OPERATORS, revisions));
    }

    private static List<ModerationDecision> decisions(PipelineConfig config, EncodedEvent... events) throws Exception {
        return written(config, "results.moderation", ModerationDecision.class, events);
    }

    @Test
    void textsOfAModalityAreAskedAboutTogether() throws Exception {
        PipelineConfig config = config("");

        List<ModerationDecision> decisions = decisions(
                config, event(config, TEXT, "a", "what a twit"), event(config, TEXT, "b", "an IDIOT for free"));

        assertThat(decisions).extracting(ModerationDecision::getRule).containsExactly("slur", "free");
        assertThat(decisions.get(0).getValues()).isEqualTo(Map.of("terms(\"slurs\", text)", 2.0));
        assertThat(decisions.get(0).getTermLists())
                .isEqualTo(Map.of("slurs", config.moderation().list("slurs").sha256()));
        assertThat(decisions.get(1).getValues()).isEqualTo(Map.of("text contains \"free\"", true));
        assertThat(decisions.get(1).getTermLists()).isEmpty();
        assertThat(decisions(config, event(config, TEXT, "a", "tiny"), event(config, TEXT, "b", "x")))
                .extracting(ModerationDecision::getRule)
                .as("5 characters together")
                .containsExactly("short");
        assertThat(decisions(config, event(config, TEXT, "a", "123456"), event(config, TEXT, "b", "7890")))
                .extracting(ModerationDecision::getRule)
                .as("10 characters together")
                .containsExactly("notFree");
    }

    @Test
    void whereThereIsNoTextNothingIsKnown() throws Exception {
        PipelineConfig config = config("");
        assertThat(decisions(config, event(TEXT, "embedded", null, Map.of()))).isEmpty();
        assertThat(decisions(config, event(config, SPEECH, "s", "nothing bad"))).isEmpty();
        assertThat(decisions(config, event(TEXT, "e", null, Map.of()), event(config, TEXT, "f", "free for everyone")))
                .extracting(ModerationDecision::getRule)
                .containsExactly("free");
    }

    @Test
    void toxicityIsThatOfTheWorstText() throws Exception {
        EncodedEvent mild = event(SPEECH, "m", null, Map.of("toxicity.offensive", 0.1, "confidence", 0.9));
        EncodedEvent bad = event(TEXT, "b", null, Map.of("toxicity.offensive", 0.9));
        EncodedEvent other = event(TEXT, "o", null, Map.of("toxicity.offensive", 0.4));

        assertThat(decisions(config(""), mild, bad, other)).singleElement().satisfies(decision -> {
            assertThat(decision.getRule()).isEqualTo("abusive");
            assertThat(decision.getValues())
                    .isEqualTo(Map.of("toxicity.offensive", 0.9, "toxicity.speech.offensive", 0.1));
            assertThat(decision.getSignals()).containsEntry("text.toxicity.offensive", 0.9);
        });
        assertThat(decisions(config(""), bad)).as("no speech").isEmpty();
    }

    @Test
    void decisionsAndResultsCarryTheTextsThatMayLeave() throws Exception {
        PipelineConfig config = config("emit: {texts: [speech]}");
        EncodedEvent[] events = {
            event(
                    config,
                    SPEECH,
                    "s",
                    "you see 😀 an idiot",
                    new Passage("you see", 0.5, new Interval(10, 400)),
                    new Passage("😀 an idiot", 0.75, new Box(1, 2, 30, 40))),
            event(config, TEXT, "t", "a twit and an idiot")
        };

        List<InputReference> inputs = decisions(config, events).get(0).getInputs();

        assertThat(inputs.get(0).getText()).isEqualTo("you see 😀 an idiot");
        assertThat(inputs.get(0).getTextLength()).isEqualTo(18);
        assertThat(inputs.get(0).getPassages())
                .containsExactly(
                        new TextPassage("you see", 0.5, 10L, 400L, null, null, null, null),
                        new TextPassage("😀 an idiot", 0.75, null, null, 1, 2, 30, 40));
        assertThat(inputs.get(0).getTerms()).containsExactly(new MatchedTerm("slurs", "idiot", 13, 18, 1));
        assertThat(inputs.get(1).getText()).isNull();
        assertThat(inputs.get(1).getTextLength()).isNull();
        assertThat(inputs.get(1).getPassages()).isEmpty();
        assertThat(inputs.get(1).getTerms()).isEmpty();
        assertThat(written(config, "results.sentiment", SentimentResult.class, events)
                        .get(0)
                        .getInputs())
                .extracting(InputReference::getText)
                .containsExactly("you see 😀 an idiot", null);
    }

    /** State may hold what the file allowed before. */
    @Test
    void textsThatMayNoLongerLeaveStay() throws Exception {
        EncodedEvent kept = event(config("emit: {texts: [text]}"), TEXT, "t", "a twit and an idiot");
        assertThat(kept.evidence().text()).isNotNull();
        assertThat(decisions(config(""), kept)).hasSize(2).allSatisfy(decision -> {
            assertThat(decision.getInputs().get(0).getText()).isNull();
            assertThat(decision.getInputs().get(0).getTerms()).isEmpty();
        });
    }

    /** A retraction repeats a decision of the state, which was made while the text was allowed to leave. */
    @Test
    void aRetractionHasNoTextsThatMayNoLongerLeave() throws Exception {
        PipelineConfig before = config("emit: {texts: [text, speech]}");
        EncodedEvent[] events = {
            event(before, SPEECH, "s", "an idiot", new Passage("an idiot", 0.5, new Interval(0, 400))),
            event(before, TEXT, "t", "a twit and an idiot")
        };
        OperatorSubtaskState state;
        try (var harness = harness(before)) {
            harness.open();
            harness.processElement(window(Status.FINAL, new int[] {0}, events));
            harness.processWatermark(new Watermark(10));
            state = harness.snapshot(1, 1);
        }
        try (var harness = harness(config("emit: {texts: [speech]}"))) {
            harness.initializeState(state);
            harness.open();
            harness.processElement(window(Status.RETRACTED, new int[] {1}, events));
            harness.prepareSnapshotPreBarrier(1);

            assertThat(ModerationTest.written(harness, "results.moderation", ModerationDecision.class))
                    .isNotEmpty()
                    .allSatisfy(decision -> {
                        assertThat(decision.getStatus()).isEqualTo("RETRACTED");
                        InputReference text = decision.getInputs().get(1);
                        assertThat(text.getModality()).isEqualTo("text");
                        assertThat(text.getText()).isNull();
                        assertThat(text.getTextLength()).isNull();
                        assertThat(text.getTerms()).isEmpty();
                        InputReference speech = decision.getInputs().get(0);
                        assertThat(speech.getText()).isEqualTo("an idiot");
                        assertThat(speech.getPassages()).hasSize(1);
                        assertThat(speech.getTerms()).hasSize(1);
                    });
        }
    }

    @Test
    void aRecordsTermsCountAmongItsTexts() throws Exception {
        String term = "z".repeat(200);
        Files.writeString(folder.resolve("slurs.txt"), term + "\n");
        PipelineConfig config = config("emit: {texts: [text]}");
        EncodedEvent[] events = new EncodedEvent[12];
        for (int i = 0; i < events.length; i++) {
            events[i] = event(config, TEXT, "t" + (10 + i), (term + " ").repeat(64) + "free");
        }

        List<InputReference> inputs = decisions(config, events).get(0).getInputs();

        assertThat(inputs.get(0).getTerms()).hasSize(64);
        assertThat(inputs.get(11).getTerms()).isEmpty();
        int units = 0;
        for (InputReference input : inputs) {
            units += input.getText() == null ? 0 : input.getText().length();
            for (MatchedTerm found : input.getTerms()) {
                units += found.getList().length() + found.getTerm().length();
            }
        }
        assertThat(units).isBetween((64 << 10) - 8192 - 205, 64 << 10);
    }

    @Test
    void aRecordsTextsAreBoundedTogether() throws Exception {
        PipelineConfig config = config("emit: {texts: [text]}");
        EncodedEvent[] events = new EncodedEvent[12];
        for (int i = 0; i < events.length; i++) {
            events[i] = event(config, TEXT, "t" + (10 + i), "free " + "x".repeat(8000));
        }

        List<InputReference> inputs = decisions(config, events).get(0).getInputs();

        assertThat(inputs.subList(0, 8))
                .allSatisfy(input -> assertThat(input.getText()).hasSize(8005));
        assertThat(inputs.get(8).getText()).hasSize((64 << 10) - 8 * 8005);
        assertThat(inputs.get(8).getTextLength()).isEqualTo(8005);
        assertThat(inputs.subList(9, 12)).extracting(InputReference::getText).containsOnlyNulls();
    }
}
