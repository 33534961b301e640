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
import io.sensorium.operators.fuse.SentimentHead;
import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.onnx.EmbeddingBytes;
import io.sensorium.operators.pack.ModelCatalog;
import io.sensorium.results.SentimentResult;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * An operator with a context reads each subject's past, whatever the batches, through a restore, and leaves nothing
 * behind.
 */
class FuseOperatorTest {

    private static final String YAML = """
            modalities:
              text: {encoder: text-bge-small-en}
            align: {strategy: tumbling, size: 10ms, min_modalities: 1}
            operators:
              clip: {type: sentiment, fusion: hierarchical, context: {windows: 3, ttl: 100ms}}
            """;
    private static final int WINDOWS = 6;
    private static final long ENCODER = PipelineModels.shortHash(
            ModelCatalog.bundled().find("text-bge-small-en").orElseThrow());

    private final Random random = new Random(3);
    private final Map<String, float[]> vectors = new HashMap<>();
    private KeyedOneInputStreamOperatorTestHarness<String, AlignedWindow, OutputRecord> harness;

    @BeforeEach
    void open() throws Exception {
        harness = harness();
        harness.open();
    }

    @AfterEach
    void close() throws Exception {
        harness.close();
    }

    private static KeyedOneInputStreamOperatorTestHarness<String, AlignedWindow, OutputRecord> harness()
            throws Exception {
        PipelineConfig config = PipelineFile.parse("context.yaml", YAML);
        Map<String, Integer> ids = new HashMap<>();
        OutputSchemas.topics(config).keySet().forEach(topic -> ids.put(topic, 1));
        var fresh = new KeyedOneInputStreamOperatorTestHarness<String, AlignedWindow, OutputRecord>(
                new FuseOperatorFactory(
                        config,
                        PipelineModels.resolve(config, new ArrayList<>(), new ArrayList<>())
                                .orElseThrow()
                                .fileBundle(config),
                        new OutputSchemas(ids),
                        null),
                AlignedWindow::subject,
                Types.STRING);
        fresh.setup(OutputRecordSerializer.INSTANCE);
        return fresh;
    }

    private float[] vector(String subject, int number) {
        return vectors.computeIfAbsent(subject + number, key -> {
            float[] vector = new float[384];
            for (int i = 0; i < vector.length; i++) {
                vector[i] = (float) random.nextGaussian() / 10;
            }
            return vector;
        });
    }

    private AlignedWindow window(String subject, int number, Status status) {
        EncodedEvent event = new EncodedEvent(
                0,
                "e" + number,
                number * 10L,
                0,
                number,
                0,
                ENCODER,
                new EmbeddingVector(EmbeddingBytes.ofFloat32(vector(subject, number)), Precision.FLOAT32),
                Map.of(),
                Map.of());
        return new AlignedWindow(
                subject,
                number * 10L,
                number * 10L + 10,
                "",
                List.of(event),
                List.of(),
                status,
                false,
                AlignedWindow.ALL_OPERATORS,
                AlignedWindow.FIRST);
    }

    /** The scores, by subject and window, that reading one window after another must give. */
    private Map<String, Double> expected(List<String> subjects) throws Exception {
        Map<String, Double> scores = new TreeMap<>();
        var head = ModelCatalog.bundled().find("mosi-context-hierarchical").orElseThrow();
        int width = head.manifest().context().width();
        try (SentimentHead operator = new SentimentHead(head, new Device.Cpu(), 1)) {
            for (String subject : subjects) {
                List<float[]> past = new ArrayList<>();
                for (int number = 0; number < WINDOWS; number++) {
                    float[] read = new float[head.manifest().context().size()];
                    for (int place = 0; place < Math.min(3, past.size()); place++) {
                        System.arraycopy(past.get(place), 0, read, place * width, width);
                    }
                    var score = operator.score(List.of(new FusionInput(
                                    List.of(List.of(), List.of(vector(subject, number)), List.of()), read)))
                            .get(0);
                    scores.put(subject + number, score.score());
                    past.add(0, score.fused());
                }
            }
        }
        return scores;
    }

    private Map<String, Double> written() throws Exception {
        Map<String, Double> scores = new TreeMap<>();
        for (OutputRecord record : harness.extractOutputValues()) {
            SentimentResult result = new SpecificDatumReader<>(SentimentResult.class)
                    .read(null, DecoderFactory.get().binaryDecoder(record.value(), 5, record.value().length - 5, null));
            scores.put(result.getSubjectId() + result.getWindowStart().toEpochMilli() / 10, result.getScore());
        }
        return scores;
    }

    private static void assertSame(Map<String, Double> written, Map<String, Double> expected) {
        assertThat(written.keySet()).isEqualTo(expected.keySet());
        expected.forEach(
                (window, score) -> assertThat(written.get(window)).as(window).isCloseTo(score, within(1e-5)));
    }

    @Test
    void readsWhatCameBeforeInWhateverBatches() throws Exception {
        List<String> subjects = List.of("a", "b", "c");
        Map<String, Double> expected = expected(subjects);
        double alone = expected(List.of("a")).get("a0");
        assertThat(expected.get("a5")).as("the past matters").isNotCloseTo(alone, within(1e-6));
        // All windows wait in one batch, subjects interleaved at random; a subject's own come in order.
        List<String> order = new ArrayList<>();
        subjects.forEach(subject -> order.addAll(Collections.nCopies(WINDOWS, subject)));
        Collections.shuffle(order, random);
        Map<String, Integer> next = new HashMap<>();
        for (String subject : order) {
            int number = next.merge(subject, 1, Integer::sum) - 1;
            // What is not final is written, but no later window reads it.
            harness.processElement(new StreamRecord<>(window(subject, number, Status.PROVISIONAL)));
            harness.processElement(new StreamRecord<>(window(subject, number, Status.FINAL)));
        }
        harness.prepareSnapshotPreBarrier(1);
        assertThat(harness.extractOutputValues()).hasSize(2 * 3 * WINDOWS);
        assertSame(written(), expected);
    }

    @Test
    void aWindowThatMakesAnythingThrowIsADeadLetterOfEachInputAndTheOthersAreFused() throws Exception {
        for (int number = 0; number < WINDOWS; number++) {
            harness.processElement(new StreamRecord<>(window("a", number, Status.FINAL)));
            EncodedEvent torn = new EncodedEvent(
                    0,
                    "t" + number,
                    number * 10L,
                    7,
                    number,
                    0,
                    ENCODER,
                    new EmbeddingVector(null, Precision.FLOAT32),
                    Map.of(),
                    Map.of());
            harness.processElement(new StreamRecord<>(new AlignedWindow(
                    "b",
                    number * 10L,
                    number * 10L + 10,
                    "",
                    List.of(torn),
                    List.of(),
                    Status.FINAL,
                    false,
                    AlignedWindow.ALL_OPERATORS,
                    AlignedWindow.FIRST)));
            harness.processElement(new StreamRecord<>(new AlignedWindow(
                    "c",
                    number * 10L,
                    number * 10L + 10,
                    "",
                    List.of(torn),
                    null,
                    Status.FINAL,
                    false,
                    AlignedWindow.ALL_OPERATORS,
                    AlignedWindow.FIRST)));
        }
        harness.prepareSnapshotPreBarrier(1);
        List<OutputRecord> records = harness.extractOutputValues();
        List<OutputRecord> dead = records.stream()
                .filter(record -> record.topic().equals("media.dead-letters"))
                .toList();
        assertThat(dead).hasSize(2 * WINDOWS);
        records.removeAll(dead);
        assertThat(records).hasSize(WINDOWS);
        Map<String, Double> scores = new TreeMap<>();
        for (OutputRecord record : records) {
            scores.put(
                    "a" + scores.size(),
                    new SpecificDatumReader<>(SentimentResult.class)
                            .read(
                                    null,
                                    DecoderFactory.get()
                                            .binaryDecoder(record.value(), 5, record.value().length - 5, null))
                            .getScore());
        }
        assertSame(scores, expected(List.of("a")));
    }

    @Test
    void goesOnAfterARestore() throws Exception {
        for (int number = 0; number < 3; number++) {
            harness.processElement(new StreamRecord<>(window("a", number, Status.FINAL)));
        }
        harness.prepareSnapshotPreBarrier(1);
        OperatorSubtaskState state = harness.snapshot(1, 1);
        Map<String, Double> scores = new TreeMap<>(written());
        harness.close();
        harness = harness();
        harness.initializeState(state);
        harness.open();
        for (int number = 3; number < WINDOWS; number++) {
            harness.processElement(new StreamRecord<>(window("a", number, Status.FINAL)));
            harness.processWatermark(new Watermark(number * 10L + 10));
        }
        scores.putAll(written());
        assertSame(scores, expected(List.of("a")));
    }

    @Test
    void nothingIsKeptOnceItIsTooOldToBeRead() throws Exception {
        for (int subject = 0; subject < 20; subject++) {
            for (int number = 0; number < WINDOWS; number++) {
                harness.processElement(new StreamRecord<>(window("s" + subject, number, Status.FINAL)));
            }
        }
        harness.processWatermark(new Watermark(60));
        assertThat(harness.numKeyedStateEntries()).isEqualTo(20);
        assertThat(harness.numEventTimeTimers()).as("one a subject").isEqualTo(20);
        harness.processWatermark(new Watermark(160));
        assertThat(harness.numKeyedStateEntries()).isZero();
        assertThat(harness.numEventTimeTimers()).isZero();
    }
}
