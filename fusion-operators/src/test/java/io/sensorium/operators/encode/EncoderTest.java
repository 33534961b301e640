// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.encode;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.operators.encode.Outcome.Encoded;
import io.sensorium.operators.encode.Outcome.Failed;
import io.sensorium.operators.encode.Outcome.Reason;
import io.sensorium.operators.media.MediaLimits;
import io.sensorium.operators.media.SampleMedia;
import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.pack.ModelCatalog;
import io.sensorium.operators.pack.ModelManifest.Parts;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The bundled encoders, for real: a record's numbers do not depend on its company, and one bad record harms no other.
 */
@Tag("slow")
class EncoderTest {

    private static Encoder open(String name) {
        return Encoder.open(ModelCatalog.bundled().find(name).orElseThrow(), MediaLimits.DEFAULT, new Device.Cpu(), 1);
    }

    private static float[] vector(Outcome outcome) {
        assertThat(outcome).isInstanceOf(Encoded.class);
        return ((Encoded) outcome).vector();
    }

    private static double relativeDifference(float[] a, float[] b) {
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < a.length; i++) {
            difference += Math.pow(a[i] - b[i], 2);
            norm += Math.pow(a[i], 2);
        }
        return Math.sqrt(difference / norm);
    }

    /** Alone, in a batch, and in that batch reversed, with records of other lengths and sizes around. */
    private static void assertBatchInvariant(Encoder encoder, List<Content> contents) {
        List<Outcome> together = encoder.encode(contents);
        List<Content> reversed = new ArrayList<>(contents);
        java.util.Collections.reverse(reversed);
        List<Outcome> backwards = encoder.encode(reversed);
        for (int i = 0; i < contents.size(); i++) {
            float[] alone = vector(encoder.encode(List.of(contents.get(i))).get(0));
            assertThat(alone).hasSize(encoder.manifest().dimension());
            assertThat(relativeDifference(alone, vector(together.get(i)))).isLessThanOrEqualTo(1e-5);
            assertThat(relativeDifference(alone, vector(backwards.get(contents.size() - 1 - i))))
                    .isLessThanOrEqualTo(1e-5);
        }
    }

    private static double cosine(float[] a, float[] b) {
        double dot = 0;
        double aa = 0;
        double bb = 0;
        for (int i = 0; i < a.length; i++) {
            dot += a[i] * b[i];
            aa += a[i] * a[i];
            bb += b[i] * b[i];
        }
        return dot / Math.sqrt(aa * bb);
    }

    @Test
    void textIsBatchInvariantAndMeansSomething() {
        try (Encoder encoder = open("text-bge-small-en")) {
            assertBatchInvariant(
                    encoder,
                    List.of(
                            new Content.Text("short"),
                            new Content.Text("A dog runs over the grass after a ball."),
                            new Content.Text("many words ".repeat(700)),
                            new Content.Text("ein ganz anderer Satz")));
            List<Outcome> outcomes = encoder.encode(List.of(
                    new Content.Text("I love this, it is wonderful"),
                    new Content.Text("I adore this, it is great"),
                    new Content.Text("The engine of the truck is made of steel")));
            assertThat(cosine(vector(outcomes.get(0)), vector(outcomes.get(1))))
                    .isGreaterThan(cosine(vector(outcomes.get(0)), vector(outcomes.get(2))) + 0.1);
        }
    }

    /** Other numbers of the same model: near enough for the heads, and padded rows the same as alone. */
    @Test
    void textAtFullPrecisionIsBatchInvariantAndNearTheQuantized() {
        List<Content> contents = List.of(
                new Content.Text("short"),
                new Content.Text("A dog runs over the grass after a ball."),
                new Content.Text("The dog ran over the lawn behind a ball."),
                new Content.Text("ein ganz anderer Satz"));
        try (Encoder full = open("text-bge-small-en@1.5.0/fp32");
                Encoder quantized = open("text-bge-small-en")) {
            assertThat(full.manifest().id()).isEqualTo(quantized.manifest().id());
            assertThat(full.manifest().maxBatch()).isGreaterThan(1);
            assertBatchInvariant(full, contents);
            assertThat(full.paddingShare())
                    .as("rows of other lengths went in one run")
                    .isPositive();
            for (Content content : contents) {
                float[] one = vector(full.encode(List.of(content)).get(0));
                float[] other = vector(quantized.encode(List.of(content)).get(0));
                assertThat(cosine(one, other)).isGreaterThan(0.98);
                assertThat(relativeDifference(one, other))
                        .as("they are two models")
                        .isGreaterThan(1e-4);
            }
        }
    }

    @Test
    void chineseIsBatchInvariantAndMeansSomething() {
        try (Encoder encoder = open("text-bge-small-zh")) {
            assertBatchInvariant(
                    encoder,
                    List.of(
                            new Content.Text("短句"),
                            new Content.Text("一只狗在草地上追着球跑。"),
                            new Content.Text("很多字".repeat(300))));
            List<Outcome> outcomes = encoder.encode(List.of(
                    new Content.Text("我非常喜欢这部电影，太精彩了"),
                    new Content.Text("这部影片很棒，我很爱看"),
                    new Content.Text("卡车的发动机是钢做的")));
            assertThat(cosine(vector(outcomes.get(0)), vector(outcomes.get(1))))
                    .isGreaterThan(cosine(vector(outcomes.get(0)), vector(outcomes.get(2))) + 0.1);
        }
    }

    @Test
    void picturesAreBatchInvariantAndCarryModerationClasses() throws Exception {
        try (Encoder encoder = open("image-inception-mixed5")) {
            List<Content> contents = List.of(
                    new Content.Media(SampleMedia.picture("png", 400, 300)),
                    new Content.Media(SampleMedia.picture("jpeg", 64, 900)),
                    new Content.Media(SampleMedia.picture("gif", 20, 20)));
            assertBatchInvariant(encoder, contents);
            Encoded encoded = (Encoded) encoder.encode(contents).get(0);
            assertThat(encoded.signals()).containsOnlyKeys("drawing", "hentai", "neutral", "porn", "sexy");
            assertThat(encoded.signals().values().stream()
                            .mapToDouble(Double::doubleValue)
                            .sum())
                    .isBetween(0.999, 1.001);
        }
    }

    @Test
    void soundIsBatchInvariantAndAToneIsNoSpeech() throws Exception {
        try (Encoder encoder = open("audio-speech-embedding")) {
            List<Content> contents = List.of(
                    new Content.Media(SampleMedia.wav(16_000, 1, 2)),
                    new Content.Media(SampleMedia.wav(8_000, 2, 0.2)),
                    new Content.Media(SampleMedia.wav(44_100, 1, 5)));
            assertBatchInvariant(encoder, contents);
            assertThat(((Encoded) encoder.encode(contents).get(0)).signals().get("speech"))
                    .isLessThan(0.2);
        }
    }

    /** How long an embedding is before its parts. */
    private static int pooled(Encoder encoder) {
        return encoder.manifest().dimension() - encoder.manifest().parts().size();
    }

    /** Which places of an embedding hold a part. */
    private static long filled(Encoder encoder, float[] vector) {
        Parts parts = encoder.manifest().parts();
        return IntStream.range(0, parts.count())
                .filter(place -> IntStream.range(0, parts.width())
                        .anyMatch(i -> vector[pooled(encoder) + place * parts.width() + i] != 0))
                .count();
    }

    @Test
    void encodersWithPartsBeginWithTheEmbeddingOfThoseWithoutAndStayWithinTheirBudget() throws Exception {
        List<Content> texts = List.of(
                new Content.Text("short"),
                new Content.Text("A dog runs over the grass after a ball."),
                new Content.Text("many words ".repeat(700)));
        List<Content> pictures = List.of(
                new Content.Media(SampleMedia.picture("png", 400, 300)),
                new Content.Media(SampleMedia.picture("jpeg", 64, 900)));
        List<Content> sounds = List.of(
                new Content.Media(SampleMedia.wav(16_000, 1, 2)),
                new Content.Media(SampleMedia.wav(8_000, 2, 0.2)),
                new Content.Media(SampleMedia.wav(44_100, 1, 5)));
        Object[][] encoders = {
            {"text-bge-tokens", "text-bge-small-en", texts},
            {"image-objects", "image-inception-mixed5", pictures},
            {"audio-speech-frames", "audio-speech-embedding", sounds}
        };
        for (Object[] each : encoders) {
            @SuppressWarnings("unchecked")
            List<Content> contents = (List<Content>) each[2];
            try (Encoder encoder = open((String) each[0]);
                    Encoder base = open((String) each[1])) {
                assertBatchInvariant(encoder, contents);
                assertThat(encoder.manifest().beginsWith())
                        .isEqualTo(base.manifest().id());
                assertThat(encoder.manifest().dimension() * Float.BYTES)
                        .as("bytes of state an event")
                        .isLessThanOrEqualTo(16 << 10);
                for (Content content : contents) {
                    float[] whole = vector(encoder.encode(List.of(content)).get(0));
                    float[] alone = vector(base.encode(List.of(content)).get(0));
                    assertThat(relativeDifference(java.util.Arrays.copyOf(whole, alone.length), alone))
                            .isLessThanOrEqualTo(1e-5);
                    assertThat(filled(encoder, whole))
                            .isBetween(1L, (long) encoder.manifest().parts().count());
                }
            }
        }
    }

    @Test
    void aTokenEachWordPieceAndNoneBeyond() {
        try (Encoder encoder = open("text-bge-tokens")) {
            long one = filled(
                    encoder,
                    vector(encoder.encode(List.of(new Content.Text("dog"))).get(0)));
            long four = filled(
                    encoder,
                    vector(encoder.encode(List.of(new Content.Text("dog cat ball tree")))
                            .get(0)));
            assertThat(four - one).isEqualTo(3);
            assertThat(filled(
                            encoder,
                            vector(encoder.encode(List.of(new Content.Text("dog ".repeat(100))))
                                    .get(0))))
                    .isEqualTo(32);
        }
    }

    @Test
    void oneBadRecordFailsAloneAndTheOrderIsKept() throws Exception {
        try (Encoder encoder = open("image-inception-mixed5")) {
            byte[] good = SampleMedia.picture("png", 30, 30);
            List<Outcome> outcomes = encoder.encode(List.of(
                    new Content.Media(good),
                    new Content.Media(new byte[] {1, 2, 3}),
                    new Content.Media(good),
                    new Content.Text("no picture"),
                    new Content.Media(new byte[0])));
            assertThat(outcomes.get(0)).isInstanceOf(Encoded.class);
            assertThat(outcomes.get(1))
                    .isInstanceOfSatisfying(
                            Failed.class, f -> assertThat(f.reason()).isEqualTo(Reason.UNSUPPORTED_MEDIA));
            assertThat(outcomes.get(2)).isInstanceOf(Encoded.class);
            assertThat(outcomes.get(3))
                    .isInstanceOfSatisfying(
                            Failed.class, f -> assertThat(f.reason()).isEqualTo(Reason.UNSUPPORTED_MEDIA));
            assertThat(outcomes.get(4))
                    .isInstanceOfSatisfying(
                            Failed.class, f -> assertThat(f.reason()).isEqualTo(Reason.EMPTY_PAYLOAD));
        }
    }
}
