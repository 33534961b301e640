// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

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
import io.sensorium.operators.fuse.FusionInput;
import io.sensorium.operators.fuse.MatchHead;
import io.sensorium.operators.fuse.MatchHead.SlotPair;
import io.sensorium.operators.fuse.SentimentHead;
import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.onnx.EmbeddingBytes;
import io.sensorium.operators.pack.ModelCatalog;
import io.sensorium.operators.pack.ModelManifest.Slot;
import io.sensorium.operators.pack.PackedModel;
import io.sensorium.results.IncompleteWindow;
import io.sensorium.results.InputReference;
import io.sensorium.results.MatchPair;
import io.sensorium.results.MatchResult;
import io.sensorium.results.SentimentResult;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificRecord;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;

/** Which modalities an operator reads of a window, and what becomes of a window that lacks them. */
class FuseOperatorInputsTest {

    private static final String MODALITIES = """
            modalities:
              caption: {encoder: text-bge-small-en}
              image: {encoder: image-inception-mixed5}
              writing: {encoder: text-bge-small-en}
            align: {strategy: tumbling, size: 10ms, min_modalities: 1}
            """;
    private static final int CAPTION = 0;
    private static final int IMAGE = 1;
    private static final int WRITING = 2;

    private final Random random = new Random(11);

    /** An event with a seeded embedding. */
    private record Sample(EncodedEvent event, float[] vector) {}

    private Sample sample(int modality, String id) {
        PackedModel encoder = ModelCatalog.bundled()
                .find(modality == IMAGE ? "image-inception-mixed5" : "text-bge-small-en")
                .orElseThrow();
        float[] vector = new float[encoder.manifest().dimension()];
        for (int i = 0; i < vector.length; i++) {
            vector[i] = (float) random.nextGaussian() / 10;
        }
        return new Sample(
                new EncodedEvent(
                        modality,
                        id,
                        1,
                        0,
                        0,
                        0,
                        PipelineModels.shortHash(encoder),
                        new EmbeddingVector(EmbeddingBytes.ofFloat32(vector), Precision.FLOAT32),
                        Map.of(),
                        Map.of()),
                vector);
    }

    private static AlignedWindow window(String subject, Status status, Sample... samples) {
        return new AlignedWindow(
                subject,
                0,
                10,
                "",
                Stream.of(samples).map(Sample::event).toList(),
                List.of(),
                status,
                false,
                AlignedWindow.ALL_OPERATORS,
                AlignedWindow.FIRST);
    }

    private static List<OutputRecord> records(String operators, AlignedWindow... windows) throws Exception {
        PipelineConfig config = PipelineFile.parse("inputs.yaml", MODALITIES + operators);
        Map<String, Integer> ids = new HashMap<>();
        OutputSchemas.topics(config).keySet().forEach(topic -> ids.put(topic, 1));
        List<String> problems = new ArrayList<>();
        PipelineModels models =
                PipelineModels.resolve(config, problems, new ArrayList<>()).orElse(null);
        assertThat(problems).isEmpty();
        try (var harness = new KeyedOneInputStreamOperatorTestHarness<String, AlignedWindow, OutputRecord>(
                new FuseOperatorFactory(config, models.fileBundle(config), new OutputSchemas(ids), null),
                AlignedWindow::subject,
                Types.STRING)) {
            harness.setup(OutputRecordSerializer.INSTANCE);
            harness.open();
            for (AlignedWindow window : windows) {
                harness.processElement(new StreamRecord<>(window));
                if (window.status() == Status.PROVISIONAL) {
                    // Its FINAL window comes in a later batch.
                    harness.prepareSnapshotPreBarrier(1);
                }
            }
            harness.prepareSnapshotPreBarrier(1);
            return harness.extractOutputValues();
        }
    }

    private static <T extends SpecificRecord> List<T> read(Class<T> type, String topic, List<OutputRecord> records)
            throws IOException {
        List<T> read = new ArrayList<>();
        for (OutputRecord record : records) {
            if (record.topic().equals(topic)) {
                read.add(new SpecificDatumReader<>(type)
                        .read(
                                null,
                                DecoderFactory.get()
                                        .binaryDecoder(record.value(), 5, record.value().length - 5, null)));
            }
        }
        return read;
    }

    @Test
    void aWindowThatLacksWhatAnOptionalOperatorNeedsLeavesNoRecordUnderItsKey() throws Exception {
        AlignedWindow textOnly = window("t", Status.FINAL, sample(CAPTION, "c"));
        AlignedWindow textTakenBack = window("r", Status.RETRACTED, sample(CAPTION, "c"));
        AlignedWindow both = window("b", Status.FINAL, sample(CAPTION, "c"), sample(IMAGE, "i"));
        String operators = """
                operators:
                  sentiment: {type: sentiment, inputs: {text: caption}}
                  match: {type: match, pairs: [[image, caption]], optional: true}
                """;
        List<OutputRecord> records = records(operators, textOnly, textTakenBack, both);
        assertThat(read(IncompleteWindow.class, "results.incomplete", records)).isEmpty();
        assertThat(read(MatchResult.class, "results.match", records))
                .singleElement()
                .satisfies(match -> assertThat(match.getSubjectId()).isEqualTo("b"));
        assertThat(read(SentimentResult.class, "results.sentiment", records))
                .extracting(SentimentResult::getSubjectId)
                .containsExactly("t", "r", "b");
        assertThat(records).hasSize(4);

        List<IncompleteWindow> incomplete = read(
                IncompleteWindow.class,
                "results.incomplete",
                records(operators.replace(", optional: true", ""), textOnly, textTakenBack, both));
        assertThat(incomplete)
                .as("without optional")
                .extracting(IncompleteWindow::getSubjectId)
                .containsExactly("t", "r");
        assertThat(incomplete.get(0).getMissing()).containsExactly("image");
    }

    /** Scores of a head of which only some embeddings are there. */
    private static double score(SentimentHead operator, List<Slot> slots, List<Sample> texts, List<Sample> images)
            throws Exception {
        List<List<float[]>> vectors = slots.stream()
                .map(slot -> (slot.name().equals("text")
                                ? texts
                                : slot.name().equals("image") ? images : List.<Sample>of())
                        .stream().map(Sample::vector).toList())
                .toList();
        return operator.score(List.of(new FusionInput(vectors))).get(0).score();
    }

    @Test
    void aFinalWindowHasTheNumbersOfItsProvisionalOneWhereNoEventCameInBetween() throws Exception {
        Sample caption = sample(CAPTION, "c");
        Sample image = sample(IMAGE, "i");
        List<SentimentResult> results = read(
                SentimentResult.class,
                "results.sentiment",
                records(
                        "operators: {sentiment: {type: sentiment, inputs: {text: caption}}}\n",
                        window("s", Status.PROVISIONAL, caption, image),
                        window("s", Status.FINAL, caption, image),
                        window("alone", Status.FINAL, caption, image),
                        window("grown", Status.PROVISIONAL, caption),
                        window("grown", Status.FINAL, caption, image)));
        assertThat(results)
                .extracting(SentimentResult::getStatus)
                .containsExactly("PROVISIONAL", "FINAL", "FINAL", "PROVISIONAL", "FINAL");
        SentimentResult alone = results.get(2);
        for (SentimentResult same : List.of(results.get(0), results.get(1), results.get(4))) {
            assertThat(same.getScore()).isCloseTo(alone.getScore(), within(1e-6));
            assertThat(same.getInputs()).isEqualTo(alone.getInputs());
            assertThat(same.getModalities()).containsExactly("caption", "image");
        }
        assertThat(results.get(3).getModalities()).containsExactly("caption");
    }

    @Test
    void sentimentAveragesTheModalitiesThatShareASlotAndContributionsAreByModality() throws Exception {
        Sample one = sample(CAPTION, "c1");
        Sample two = sample(CAPTION, "c2");
        Sample image = sample(IMAGE, "i");
        Sample writing = sample(WRITING, "w");
        List<OutputRecord> records = records(
                "operators:\n  sentiment: {type: sentiment, inputs: {text: [writing, caption]}}\n",
                window("all", Status.FINAL, one, two, image, writing),
                window("texts", Status.FINAL, one, writing),
                window("one", Status.FINAL, writing));
        List<SentimentResult> results = read(SentimentResult.class, "results.sentiment", records);
        PackedModel head =
                ModelCatalog.bundled().find("sentiment-late-attention").orElseThrow();
        List<Slot> slots = head.manifest().slots();
        try (SentimentHead operator = new SentimentHead(head, new Device.Cpu(), 1)) {
            double all = score(operator, slots, List.of(one, two, writing), List.of(image));
            SentimentResult result = results.get(0);
            assertThat(result.getScore()).isCloseTo(all, within(1e-6));
            assertThat(result.getInputs())
                    .extracting(InputReference::getEventId)
                    .containsExactly("c1", "c2", "i", "w");
            assertThat(result.getContributions()).containsOnlyKeys("caption", "image", "writing");
            assertThat(result.getContributions().get("caption"))
                    .isCloseTo(all - score(operator, slots, List.of(writing), List.of(image)), within(1e-6));
            assertThat(result.getContributions().get("image"))
                    .isCloseTo(all - score(operator, slots, List.of(one, two, writing), List.of()), within(1e-6));
            assertThat(result.getContributions().get("writing"))
                    .isCloseTo(all - score(operator, slots, List.of(one, two), List.of(image)), within(1e-6));
            double[] alone = {
                score(operator, slots, List.of(one, two), List.of()),
                score(operator, slots, List.of(), List.of(image)),
                score(operator, slots, List.of(writing), List.of())
            };
            double spread =
                    Stream.of(alone[0], alone[1], alone[2]).max(Double::compare).orElseThrow()
                            - Stream.of(alone[0], alone[1], alone[2])
                                    .min(Double::compare)
                                    .orElseThrow();
            assertThat(result.getAgreement()).isCloseTo(1 - spread / 2, within(1e-6));

            double texts = score(operator, slots, List.of(one, writing), List.of());
            double caption = score(operator, slots, List.of(one), List.of());
            assertThat(results.get(1).getScore()).isCloseTo(texts, within(1e-6));
            assertThat(results.get(1).getContributions().get("caption")).isCloseTo(texts - alone[2], within(1e-6));
            assertThat(results.get(1).getContributions().get("writing")).isCloseTo(texts - caption, within(1e-6));
            assertThat(results.get(1).getAgreement()).isCloseTo(1 - Math.abs(caption - alone[2]) / 2, within(1e-6));
            assertThat(results.get(2).getContributions()).containsOnlyKeys("writing");
            assertThat(results.get(2).getScore()).isCloseTo(alone[2], within(1e-6));
        }
    }

    @Test
    void matchComparesEachPairOfModalitiesByItselfWhereTwoShareASlot() throws Exception {
        Sample one = sample(CAPTION, "c1");
        Sample two = sample(CAPTION, "c2");
        Sample image = sample(IMAGE, "i1");
        Sample other = sample(IMAGE, "i2");
        Sample writing = sample(WRITING, "w");
        List<OutputRecord> records = records(
                "operators:\n  match: {type: match, pairs: [[writing, image], [image, caption]]}\n",
                window("all", Status.FINAL, one, two, image, other, writing),
                window("no image", Status.FINAL, one, writing),
                window("writing", Status.FINAL, image, writing));
        PackedModel head = ModelCatalog.bundled().find("match-dual-encoder").orElseThrow();
        List<String> slots = head.manifest().slots().stream().map(Slot::name).toList();
        List<MatchResult> results = read(MatchResult.class, "results.match", records);
        assertThat(results).extracting(MatchResult::getSubjectId).containsExactly("all", "writing");
        assertThat(results.get(0).getPairs())
                .extracting(pair -> pair.getLeftModality() + " " + pair.getLeftEventId() + " " + pair.getRightModality()
                        + " " + pair.getRightEventId())
                .containsExactly(
                        "writing w image i1",
                        "writing w image i2",
                        "image i1 caption c1",
                        "image i1 caption c2",
                        "image i2 caption c1",
                        "image i2 caption c2");
        Map<String, Sample> samples = Map.of("c1", one, "c2", two, "i1", image, "i2", other, "w", writing);
        try (MatchHead operator = new MatchHead(
                head, List.of(new SlotPair(slots.indexOf("image"), slots.indexOf("text"))), new Device.Cpu(), 1)) {
            for (MatchPair pair : results.get(0).getPairs()) {
                boolean textLeft = pair.getRightModality().equals("image");
                Sample text = samples.get(textLeft ? pair.getLeftEventId() : pair.getRightEventId());
                Sample picture = samples.get(textLeft ? pair.getRightEventId() : pair.getLeftEventId());
                List<List<float[]>> vectors = slots.stream()
                        .map(slot -> slot.equals("text")
                                ? List.of(text.vector())
                                : slot.equals("image") ? List.of(picture.vector()) : List.<float[]>of())
                        .toList();
                assertThat(pair.getSimilarity())
                        .as("%s", pair)
                        .isCloseTo(
                                operator.score(List.of(new FusionInput(vectors)))
                                        .get(0)
                                        .get(0)
                                        .similarity(),
                                within(1e-5));
            }
        }
        assertThat(results.get(1).getInputs())
                .extracting(InputReference::getEventId)
                .containsExactly("i1", "w");
        assertThat(read(IncompleteWindow.class, "results.incomplete", records))
                .singleElement()
                .satisfies(window -> assertThat(window.getMissing()).containsExactly("image"));
    }
}
