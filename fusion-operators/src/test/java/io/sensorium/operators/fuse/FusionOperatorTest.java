// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.sensorium.operators.fuse.MatchHead.Match;
import io.sensorium.operators.fuse.MatchHead.SlotPair;
import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.pack.ModelCatalog;
import io.sensorium.operators.pack.ModelKind;
import io.sensorium.operators.pack.ModelManifest.Slot;
import io.sensorium.operators.pack.PackedModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The bundled heads through their operators: contributions, agreement, pairs; full and partial windows in one batch.
 */
class FusionOperatorTest {

    private final Random random = new Random(3);
    private final PackedModel sentiment =
            ModelCatalog.bundled().find("sentiment-late-attention").orElseThrow();
    private final PackedModel match =
            ModelCatalog.bundled().find("match-dual-encoder").orElseThrow();

    private float[] vector(PackedModel head, int slot) {
        float[] vector = new float[head.manifest().slots().get(slot).dimension()];
        for (int i = 0; i < vector.length; i++) {
            vector[i] = (float) random.nextGaussian();
        }
        return vector;
    }

    private static FusionInput window(float[]... slots) {
        List<List<float[]>> vectors = new ArrayList<>();
        for (float[] slot : slots) {
            vectors.add(slot == null ? List.of() : List.of(slot));
        }
        return new FusionInput(vectors);
    }

    @Test
    void contributionsAreWhatTheScoreLosesWithoutAModality() throws Exception {
        float[] a = vector(sentiment, 0);
        float[] b = vector(sentiment, 1);
        float[] c = vector(sentiment, 2);
        try (SentimentHead operator = new SentimentHead(sentiment, new Device.Cpu(), 1)) {
            List<SentimentScore> scores = operator.score(List.of(
                    window(a, b, c),
                    window(null, b, c),
                    window(a, null, c),
                    window(a, b, null),
                    window(a, null, null),
                    window(null, b, null),
                    window(null, null, c)));
            SentimentScore full = scores.get(0);
            assertThat(full.negative() + full.neutral() + full.positive()).isCloseTo(1, within(1e-5));
            for (int slot = 0; slot < 3; slot++) {
                assertThat(full.contributions()[slot])
                        .isCloseTo(full.score() - scores.get(1 + slot).score(), within(1e-6));
                assertThat(scores.get(4 + slot).contributions()[slot])
                        .isEqualTo(scores.get(4 + slot).score());
                assertThat(scores.get(4 + slot).agreement()).isEqualTo(1);
            }
            double[] alone = {
                scores.get(4).score(), scores.get(5).score(), scores.get(6).score()
            };
            java.util.Arrays.sort(alone);
            assertThat(full.agreement()).isCloseTo(1 - (alone[2] - alone[0]) / 2, within(1e-6));
            SentimentScore two = scores.get(1);
            assertThat(two.contributions()[0]).isNaN();
            assertThat(two.contributions()[1])
                    .isCloseTo(two.score() - scores.get(6).score(), within(1e-6));
            assertThat(two.agreement())
                    .isCloseTo(
                            1 - Math.abs(scores.get(5).score() - scores.get(6).score()) / 2, within(1e-6));
        }
    }

    static List<PackedModel> sentimentHeads() {
        return ModelCatalog.bundled().ofKind(ModelKind.SENTIMENT_HEAD);
    }

    @ParameterizedTest
    @MethodSource("sentimentHeads")
    void everyFusionScoresEverySubsetAloneAsInABatch(PackedModel head) throws Exception {
        List<FusionInput> windows = new ArrayList<>();
        for (int subset = 1; subset < 8; subset++) {
            windows.add(window(
                    (subset & 1) == 0 ? null : vector(head, 0),
                    (subset & 2) == 0 ? null : vector(head, 1),
                    (subset & 4) == 0 ? null : vector(head, 2)));
        }
        try (SentimentHead operator = new SentimentHead(head, new Device.Cpu(), 1)) {
            List<SentimentScore> together = operator.score(windows);
            for (int i = 0; i < windows.size(); i++) {
                SentimentScore alone = operator.score(List.of(windows.get(i))).get(0);
                assertThat(alone.negative() + alone.neutral() + alone.positive())
                        .isCloseTo(1, within(1e-5));
                assertThat(alone.score()).isCloseTo(together.get(i).score(), within(1e-5));
                assertThat(alone.agreement()).isBetween(0.0, 1.0);
            }
        }
    }

    @Test
    void aHeadsOutputsAreGivenAsTheyAre() throws Exception {
        PackedModel emotion =
                ModelCatalog.bundled().find("speech-emotion-early").orElseThrow();
        try (OnnxHead operator = new OnnxHead(emotion, new Device.Cpu(), 1)) {
            float[] voice = vector(emotion, 0);
            var rows = operator.run(List.of(window(vector(emotion, 0)), window(voice)));
            assertThat(rows).hasSize(2).allSatisfy(row -> assertThat(row).containsOnlyKeys("probabilities"));
            assertThat(rows.get(1).get("probabilities"))
                    .hasSize(8)
                    .isEqualTo(operator.run(List.of(window(voice))).get(0).get("probabilities"));
        }
    }

    @Test
    void severalEventsOfASlotAreAveraged() throws Exception {
        float[] one = vector(sentiment, 2);
        float[] other = vector(sentiment, 2);
        float[] mean = new float[one.length];
        for (int i = 0; i < mean.length; i++) {
            mean[i] = (float) (((double) one[i] + other[i]) / 2);
        }
        try (SentimentHead operator = new SentimentHead(sentiment, new Device.Cpu(), 1)) {
            List<SentimentScore> scores = operator.score(List.of(
                    new FusionInput(List.of(List.of(), List.of(), List.of(one, other))), window(null, null, mean)));
            assertThat(scores.get(0).score()).isCloseTo(scores.get(1).score(), within(1e-6));
        }
    }

    @Test
    void aLargeBatchGivesEachWindowItsOwnScore() throws Exception {
        try (SentimentHead operator = new SentimentHead(sentiment, new Device.Cpu(), 1)) {
            List<FusionInput> windows = new ArrayList<>();
            for (int i = 0; i < 400; i++) {
                windows.add(window(
                        i % 3 == 0 ? null : vector(sentiment, 0),
                        vector(sentiment, 1),
                        i % 2 == 0 ? null : vector(sentiment, 2)));
            }
            List<SentimentScore> together = operator.score(windows);
            for (int i = 0; i < windows.size(); i += 37) {
                assertThat(operator.score(List.of(windows.get(i))).get(0).score())
                        .isCloseTo(together.get(i).score(), within(1e-5));
            }
        }
    }

    @Test
    void everyPairOfEventsIsScoredInOrder() throws Exception {
        int audio = 0;
        int image = 1;
        int text = 2;
        FusionInput window = new FusionInput(List.of(
                List.of(),
                List.of(vector(match, image), vector(match, image)),
                List.of(vector(match, text), vector(match, text), vector(match, text))));
        try (MatchHead operator = new MatchHead(
                match, List.of(new SlotPair(image, text), new SlotPair(audio, text)), new Device.Cpu(), 1)) {
            List<Match> matches = operator.score(List.of(window)).get(0);
            assertThat(matches)
                    .extracting(m -> m.pair() + ":" + m.left() + "-" + m.right())
                    .containsExactly("0:0-0", "0:0-1", "0:0-2", "0:1-0", "0:1-1", "0:1-2");
            var calibration = match.manifest().pairs().get("image-text");
            assertThat(matches).allSatisfy(m -> {
                assertThat(m.similarity()).isBetween(-1.0, 1.0);
                assertThat(m.probability())
                        .isCloseTo(
                                1 / (1 + Math.exp(-(calibration.scale() * m.similarity() + calibration.bias()))),
                                within(1e-9));
                assertThat(m.matched()).isEqualTo(m.probability() >= calibration.threshold());
            });
            assertThat(operator.score(List.of(window(vector(match, audio), vector(match, image), null)))
                            .get(0))
                    .isEmpty();
        }
    }

    @Test
    void aHeadOverPartsSaysWhereItLooked() throws Exception {
        for (String name : List.of("sentiment-tokens-attention", "sentiment-tokens-single-stream")) {
            PackedModel head = ModelCatalog.bundled().find(name).orElseThrow();
            int positions =
                    head.manifest().slots().stream().mapToInt(Slot::positions).sum();
            float[] image = vector(head, 1);
            float[] text = vector(head, 2);
            // Three tokens of the 32, the other places empty.
            Slot slot = head.manifest().slots().get(2);
            java.util.Arrays.fill(text, slot.dimension() - 29 * slot.parts().width(), slot.dimension(), 0);
            try (SentimentHead operator = new SentimentHead(head, new Device.Cpu(), 1)) {
                float[] attention = operator.score(List.of(window(null, image, text)))
                        .get(0)
                        .attention();
                assertThat(attention).as(name).hasSize(positions);
                double sum = 0;
                for (float weight : attention) {
                    sum += weight;
                }
                assertThat(sum).isCloseTo(1, within(1e-4));
                int first = head.manifest().slots().get(0).positions();
                for (int i = 0; i < first; i++) {
                    assertThat(attention[i]).as("nobody spoke").isZero();
                }
                for (int i = positions - 29; i < positions; i++) {
                    assertThat(attention[i]).as("no token there").isZero();
                }
            }
        }
    }

    @Test
    void thePastChangesWhatIsSaidAndNotWhatLaterWindowsRead() throws Exception {
        PackedModel head = ModelCatalog.bundled().find("mosi-context-early").orElseThrow();
        float[] text = vector(head, 1);
        try (SentimentHead operator = new SentimentHead(head, new Device.Cpu(), 1)) {
            SentimentScore before =
                    operator.score(List.of(window(null, vector(head, 1), null))).get(0);
            float[] past = java.util.Arrays.copyOf(
                    before.fused(), head.manifest().context().size());
            List<SentimentScore> scores = operator.score(
                    List.of(new FusionInput(window(null, text, null).vectors(), past), window(null, text, null)));
            assertThat(scores.get(0).score()).isNotCloseTo(scores.get(1).score(), within(1e-6));
            assertThat(scores.get(0).fused()).isEqualTo(scores.get(1).fused());
        }
    }

    @Test
    void captionsAreThePhrasesNearestInTheSharedSpace() throws Exception {
        int image = 1;
        int text = 2;
        List<float[]> phrases = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            phrases.add(vector(match, text));
        }
        List<float[]> events = List.of(vector(match, image), vector(match, image), vector(match, image));
        try (CaptionHead operator = new CaptionHead(match, image, text, phrases, 5, new Device.Cpu(), 1);
                MatchHead reference = new MatchHead(match, List.of(new SlotPair(image, text)), new Device.Cpu(), 1)) {
            List<List<CaptionHead.Caption>> captions = operator.captions(events);
            assertThat(captions).hasSize(3);
            for (int event = 0; event < 3; event++) {
                List<Match> all = new ArrayList<>(reference
                        .score(List.of(new FusionInput(List.of(List.of(), List.of(events.get(event)), phrases))))
                        .get(0));
                all.sort(java.util.Comparator.comparingDouble(Match::similarity).reversed());
                for (int place = 0; place < 5; place++) {
                    assertThat(captions.get(event).get(place).phrase())
                            .isEqualTo(all.get(place).right());
                    assertThat(captions.get(event).get(place).probability())
                            .isCloseTo(all.get(place).probability(), within(1e-5));
                }
            }
        }
    }

    @Test
    void nearTiesExchangeTheirCosinesAndOthersKeepTheirs() {
        double[] cosines = {0.50, 0.10, 0.48, 0.45};
        int[] tied = Reranker.ties(cosines, 0.03);
        assertThat(tied).containsExactly(0, 2);
        Reranker.exchange(cosines, tied, new double[] {0.1, 0.9}, 0.1);
        // 0.50 + 0.01 against 0.48 + 0.09.
        assertThat(cosines).containsExactly(0.48, 0.10, 0.50, 0.45);
        Reranker.exchange(cosines, new int[] {2, 0}, new double[] {0.2, 0.3}, 0.1);
        assertThat(cosines).as("too little to turn them").containsExactly(0.48, 0.10, 0.50, 0.45);
        assertThat(Reranker.ties(new double[] {0.9, 0.1}, 0.2)).as("no rival").isEmpty();
        assertThat(Reranker.ties(new double[] {}, 0.2)).isEmpty();
    }
}
