// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import io.sensorium.operators.pack.ModelManifest.Parts;
import io.sensorium.trainer.head.FusionTraining;
import io.sensorium.trainer.head.FusionTraining.Example;
import io.sensorium.trainer.head.HeadShape;
import io.sensorium.trainer.head.Settings;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Heads over tokens and regions, and heads with a past, on data made here. */
@Tag("slow")
class TokenHeadTest {

    private static final PrintStream QUIET = new PrintStream(OutputStream.nullOutputStream());
    private static final Settings SETTINGS = new Settings(30, 30, 32, 3e-3f, 0.01f, 0.05, 0.05, 0, Map.of(), false);

    /** Image: 3 numbers and 4 regions of 6; text: 2 numbers and 5 tokens of 6. */
    private static final HeadShape SHAPE = new HeadShape(
            List.of("image", "text"),
            new int[] {3 + 24, 2 + 30},
            List.of(new Parts("regions", 4, 6), new Parts("tokens", 5, 6)),
            2,
            0);

    /**
     * One token of the text asks for a kind (the first three numbers), one region of that kind has the answer (the last
     * one's sign); other regions lie. Neither side is sufficient alone. Texts have three to five tokens.
     */
    private static List<Example> questions(long seed, int count) {
        Random random = new Random(seed);
        List<Example> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            float[] image = noise(random, 27);
            float[] text = noise(random, 32);
            int queried = random.nextInt(3);
            int answer = random.nextInt(2);
            int place = random.nextInt(4);
            for (int region = 0; region < 4; region++) {
                int kind = region == place ? queried : (queried + 1 + random.nextInt(2)) % 3;
                boolean yes = region == place ? answer == 1 : random.nextBoolean();
                for (int k = 0; k < 3; k++) {
                    image[3 + region * 6 + k] = k == kind ? 2 : 0;
                }
                image[3 + region * 6 + 5] = yes ? 2 : -2;
            }
            int length = 3 + random.nextInt(3);
            text[2 + random.nextInt(length) * 6 + queried] += 4;
            Arrays.fill(text, 2 + length * 6, text.length, 0);
            rows.add(new Example(new float[][] {image, text}, answer));
        }
        return rows;
    }

    private static float[] noise(Random random, int count) {
        float[] vector = new float[count];
        for (int k = 0; k < count; k++) {
            vector[k] = 0.3f * (float) random.nextGaussian();
        }
        return vector;
    }

    private static double accuracy(float[] probabilities, List<Example> rows) {
        int right = 0;
        for (int i = 0; i < rows.size(); i++) {
            right += (probabilities[2 * i + 1] > probabilities[2 * i] ? 1 : 0)
                            == rows.get(i).label()
                    ? 1
                    : 0;
        }
        return (double) right / rows.size();
    }

    @ParameterizedTest
    @ValueSource(strings = {"single-stream", "attention"})
    void attentionIsWrittenOutPlaceByPlaceAndEmptyPlacesGetNone(String fusion) throws Exception {
        List<Example> training = questions(1, 200);
        try (FusionTraining head = new FusionTraining(
                fusion, SHAPE, new Settings(3, 3, 32, 3e-3f, 0, 0.1, 0.2, 0, Map.of(), false), training, 1, QUIET)) {
            head.fit(training, questions(2, 50));
            byte[] graph = head.toOnnx();
            List<float[][]> rows =
                    questions(3, 40).stream().map(Example::vectors).toList();
            for (List<float[][]> batch : Parity.batches(rows, SHAPE.dimensions())) {
                assertThat(Parity.relativeError(
                                Parity.run(graph, SHAPE.slots(), SHAPE.dimensions(), batch, "probabilities"),
                                head.predict(batch)))
                        .isLessThanOrEqualTo(Parity.LARGEST);
            }
            float[] attention = Parity.run(graph, SHAPE.slots(), SHAPE.dimensions(), rows, "attention");
            assertThat(attention).hasSize(40 * 11);
            for (int row = 0; row < 40; row++) {
                float sum = 0;
                for (int position = 0; position < 11; position++) {
                    float weight = attention[row * 11 + position];
                    sum += weight;
                    int token = position - 6;
                    if (token >= 0 && rows.get(row)[1][2 + token * 6] == 0) {
                        assertThat(weight).as("an empty place").isZero();
                    }
                }
                assertThat(sum).isCloseTo(1, within(1e-4f));
            }
        }
    }

    @Test
    void theSingleStreamAnswersWhatNeitherSideTellsAlone() {
        List<Example> training = questions(1, 1500);
        List<Example> test = questions(2, 300);
        try (FusionTraining head = new FusionTraining("single-stream", SHAPE, SETTINGS, training, 1, QUIET)) {
            List<Double> curve = head.maskedModelling()
                    .fit(training.stream().map(Example::vectors).toList(), 3, 3e-3f, 0.01f, QUIET);
            assertThat(curve.get(2)).as("masked modelling learns").isLessThan(0.9 * curve.get(0));
            head.fit(training, questions(3, 200));
            assertThat(accuracy(head.predict(test.stream().map(Example::vectors).toList()), test))
                    .isGreaterThan(0.8);
            List<float[][]> blind = test.stream()
                    .map(row -> new float[][] {null, row.vectors()[1]})
                    .toList();
            assertThat(accuracy(head.predict(blind), test))
                    .as("without the picture")
                    .isBetween(0.38, 0.62);
        }
    }

    /** The label is what a clip's first row showed; the others show nothing. */
    private static List<Example> conversations(long seed, int clips) {
        Random random = new Random(seed);
        List<Example> rows = new ArrayList<>();
        for (int clip = 0; clip < clips; clip++) {
            List<float[][]> earlier = new ArrayList<>();
            int mood = random.nextInt(2);
            for (int turn = 0; turn < 6; turn++) {
                float[] vector = noise(random, 4);
                vector[0] += turn == 0 ? mood == 0 ? -3 : 3 : 0;
                float[][] row = {vector};
                rows.add(new Example(row, mood, List.copyOf(earlier)));
                earlier.add(0, row);
            }
        }
        return rows;
    }

    @Test
    void aHeadWithContextReadsTheClipAsOneAndIsExportedSo() throws Exception {
        HeadShape shape =
                new HeadShape(List.of("text"), new int[] {4}, java.util.Collections.singletonList(null), 2, 5);
        List<Example> training = conversations(1, 120);
        List<Example> test = conversations(2, 60);
        try (FusionTraining head = new FusionTraining("early", shape, SETTINGS, training, 1, QUIET)) {
            head.fit(training, conversations(3, 40));
            float[] reference = head.predict(
                    test.stream().map(Example::vectors).toList(),
                    test.stream().map(Example::earlier).toList());
            assertThat(accuracy(reference, test)).isGreaterThan(0.9);
            assertThat(accuracy(head.predict(test.stream().map(Example::vectors).toList()), test))
                    .as("without the past")
                    .isLessThan(0.75);
            byte[] graph = head.toOnnx();
            float[] exported = new float[reference.length];
            OrtEnvironment environment = OrtEnvironment.getEnvironment();
            try (OrtSession session = environment.createSession(graph)) {
                List<float[]> past = new ArrayList<>();
                for (int i = 0; i < test.size(); i++) {
                    past = test.get(i).earlier().isEmpty() ? new ArrayList<>() : past;
                    int width = (int) ((ai.onnxruntime.TensorInfo)
                                    session.getOutputInfo().get("fused").getInfo())
                            .getShape()[1];
                    float[] context = new float[5 * width];
                    for (int place = 0; place < past.size() && place < 5; place++) {
                        System.arraycopy(past.get(place), 0, context, place * width, width);
                    }
                    Map<String, OnnxTensor> inputs = new LinkedHashMap<>();
                    inputs.put(
                            "text",
                            OnnxTensor.createTensor(
                                    environment, FloatBuffer.wrap(test.get(i).vectors()[0]), new long[] {1, 4}));
                    inputs.put(
                            "mask",
                            OnnxTensor.createTensor(environment, FloatBuffer.wrap(new float[] {1}), new long[] {1, 1}));
                    inputs.put("context", OnnxTensor.createTensor(environment, FloatBuffer.wrap(context), new long[] {
                        1, 5L * width
                    }));
                    try (OrtSession.Result result = session.run(inputs)) {
                        ((OnnxTensor) result.get("probabilities").orElseThrow())
                                .getFloatBuffer()
                                .get(exported, 2 * i, 2);
                        float[] fused = new float[width];
                        ((OnnxTensor) result.get("fused").orElseThrow())
                                .getFloatBuffer()
                                .get(fused);
                        past.add(0, fused);
                    } finally {
                        inputs.values().forEach(OnnxTensor::close);
                    }
                }
            }
            assertThat(Parity.relativeError(exported, reference))
                    .as("fed turn by turn, as a stream does")
                    .isLessThanOrEqualTo(Parity.LARGEST);
        }
    }
}
