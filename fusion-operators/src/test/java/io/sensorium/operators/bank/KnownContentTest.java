// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.bank;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sensorium.operators.bank.Match.By;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KnownContentTest {

    private static final String ENCODER = "clip@1";
    private static final int DIMENSION = 48;

    private final KnownContent bank = new KnownContent();

    private static KnownItem image(String id, PdqHash hash, int threshold) {
        return new KnownItem(id, "label of " + id, new KnownItem.Image(hash, threshold));
    }

    private static KnownItem text(String id, String text) {
        return new KnownItem(
                id,
                "label of " + id,
                new KnownItem.Text(NormalizedText.fingerprint(text).orElseThrow()));
    }

    private static float[] vector(Random random) {
        float[] vector = new float[DIMENSION];
        for (int i = 0; i < DIMENSION; i++) {
            vector[i] = (float) random.nextGaussian();
        }
        return vector;
    }

    private static float[] near(float[] vector, double noise, Random random) {
        float[] near = vector.clone();
        for (int i = 0; i < near.length; i++) {
            near[i] += (float) (noise * random.nextGaussian());
        }
        return near;
    }

    private static double cosine(float[] one, float[] other) {
        double dot = 0;
        for (int i = 0; i < one.length; i++) {
            dot += (double) one[i] * other[i];
        }
        return dot / EmbeddingIndex.norm(one) / EmbeddingIndex.norm(other);
    }

    /** Puts, replaces, removes and looks up all kinds, against going through all items. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void findsTheBestOfAllItems(long seed) {
        Random random = new Random(seed);
        Map<String, KnownItem> items = new HashMap<>();
        List<PdqHash> hashes = new ArrayList<>();
        List<float[]> vectors = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            hashes.add(HashIndexTest.random(random));
            vectors.add(vector(random));
        }
        for (int step = 0; step < 12_000; step++) {
            String id = "item-" + random.nextInt(800);
            PdqHash hash = HashIndexTest.changed(hashes.get(random.nextInt(10)), random.nextInt(30), random);
            float[] vector = near(vectors.get(random.nextInt(10)), random.nextDouble() * 0.5, random);
            String text = "text number " + random.nextInt(300);
            KnownItem item = switch (random.nextInt(5)) {
                case 0, 1 -> image(id, hash, random.nextInt(32));
                case 2 -> text(id, text);
                case 3 ->
                    new KnownItem(id, "v", new KnownItem.Vector(ENCODER, vector, 0.9 + random.nextDouble() * 0.09));
                default -> null;
            };
            if (item == null || step > 9_000) {
                assertThat(bank.remove(id)).isEqualTo(items.remove(id) != null);
            } else {
                bank.put(item);
                items.put(id, item);
            }
            if (step % 10 == 0) {
                assertThat(bank.size()).isEqualTo(items.size());
                assertThat(bank.find(new Fingerprint.Image(hash, 100))).isEqualTo(best(items, hash));
                Match byText = bank.find(NormalizedText.fingerprint(text).orElseThrow());
                assertThat(byText == null ? null : byText.id()).isEqualTo(first(items, text));
                checkEmbedding(items, vector);
            }
        }
        new ArrayList<>(items.keySet()).forEach(bank::remove);
        assertThat(bank.size()).isZero();
        assertThat(bank.hasEmbeddings(ENCODER, DIMENSION)).isFalse();
        assertThat(bank.bytes()).isLessThan(1 << 20);
    }

    private static Match best(Map<String, KnownItem> items, PdqHash hash) {
        return items.values().stream()
                .filter(item -> item.pattern() instanceof KnownItem.Image image
                        && image.hash().distance(hash) <= image.threshold())
                .map(item -> new Match(
                        item.id(),
                        item.label(),
                        By.PDQ,
                        ((KnownItem.Image) item.pattern()).hash().distance(hash)))
                .min(Match.BETTER)
                .orElse(null);
    }

    private static String first(Map<String, KnownItem> items, String text) {
        Fingerprint.Text wanted = NormalizedText.fingerprint(text).orElseThrow();
        return items.values().stream()
                .filter(item -> item.pattern() instanceof KnownItem.Text known
                        && known.fingerprint().equals(wanted))
                .map(KnownItem::id)
                .min(String::compareTo)
                .orElse(null);
    }

    /** Rounding may decide at the threshold, and between items that are equally near. */
    private void checkEmbedding(Map<String, KnownItem> items, float[] vector) {
        Match found = bank.find(ENCODER, vector);
        double best = -1;
        for (KnownItem item : items.values()) {
            if (item.pattern() instanceof KnownItem.Vector known) {
                double cosine = cosine(vector, known.vector());
                if (cosine >= known.threshold() + 0.003) {
                    best = Math.max(best, cosine);
                }
            }
        }
        if (best > 0) {
            assertThat(found).isNotNull();
            assertThat(1 - found.distance()).isGreaterThan(best - 0.003);
        }
        if (found != null) {
            KnownItem.Vector known = (KnownItem.Vector) items.get(found.id()).pattern();
            assertThat(cosine(vector, known.vector())).isGreaterThan(known.threshold() - 0.003);
            assertThat(1 - found.distance())
                    .isCloseTo(cosine(vector, known.vector()), org.assertj.core.data.Offset.offset(0.003));
        }
    }

    @Test
    void anItemReplacesTheOneOfItsIdWhateverItsKind() {
        PdqHash hash = HashIndexTest.random(new Random(1));
        bank.put(image("a", hash, 31));
        bank.put(text("a", "Hello"));
        assertThat(bank.find(new Fingerprint.Image(hash, 100))).isNull();
        assertThat(bank.find(NormalizedText.fingerprint("hello!").orElseThrow()))
                .isEqualTo(new Match("a", "label of a", By.TEXT, 0));
        assertThat(bank.size(By.TEXT)).isOne();
        assertThat(bank.size(By.PDQ)).isZero();
    }

    @Test
    void embeddingsOfOtherEncodersAndLengthsAreNotCompared() {
        float[] vector = vector(new Random(2));
        bank.put(new KnownItem("a", "l", new KnownItem.Vector(ENCODER, vector, 0.9)));
        assertThat(bank.find(ENCODER, vector)).isNotNull();
        assertThat(bank.find("other@1", vector)).isNull();
        assertThat(bank.find(ENCODER, new float[3])).isNull();
        assertThat(bank.find(ENCODER, new float[DIMENSION])).isNull();
        bank.put(new KnownItem("b", "l", new KnownItem.Vector(ENCODER, new float[] {1, 2}, 0.9)));
        assertThat(bank.find(ENCODER, new float[] {2, 4}).id()).isEqualTo("b");
        bank.clear();
        assertThat(bank.size()).isZero();
        assertThat(bank.find(ENCODER, vector)).isNull();
    }

    @Test
    void oneEncoderTooManyIsRefusedAndChangesNothing() {
        for (int i = 0; i < KnownContent.MAX_ENCODERS; i++) {
            bank.put(new KnownItem("i" + i, "l", new KnownItem.Vector("e" + i, new float[] {1}, 0.9)));
        }
        assertThatThrownBy(() ->
                        bank.put(new KnownItem("i0", "l", new KnownItem.Vector("one more", new float[] {1}, 0.9))))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(bank.find("e0", new float[] {1})).isNotNull();
        assertThat(bank.size()).isEqualTo(KnownContent.MAX_ENCODERS);
    }

    /** Were each compared with all others, it would take minutes. */
    @Test
    @Timeout(300)
    void equalItemsAreLoadedReplacedAndRemovedInTimeThatGrowsWithTheirNumber() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadCpuTime();
        Random random = new Random(17);
        PdqHash hash = HashIndexTest.random(random);
        Fingerprint.Image image = new Fingerprint.Image(hash, 100);
        Fingerprint.Text text = NormalizedText.fingerprint("same").orElseThrow();
        List<Integer> order =
                new ArrayList<>(IntStream.range(0, 200_000).boxed().toList());
        for (int round = 0; round < 2; round++) {
            Collections.shuffle(order, random);
            for (int i : order) {
                String id = String.format("%06d", i);
                bank.put(i % 2 == 0 ? text(id, "Same!") : image(id, hash, 31));
                if (i % 100 == 1) {
                    bank.put(image("other-" + i, HashIndexTest.random(random), 31));
                }
            }
            assertThat(bank.size()).isEqualTo(202_000);
            assertThat(bank.find(image)).isEqualTo(new Match("000001", "label of 000001", By.PDQ, 0));
            assertThat(bank.find(text)).isEqualTo(new Match("000000", "label of 000000", By.TEXT, 0));
        }
        Collections.shuffle(order, random);
        order.forEach(i -> assertThat(bank.remove(String.format("%06d", i))).isTrue());
        assertThat(bank.find(image)).isNull();
        assertThat(bank.find(text)).isNull();
        assertThat(bank.size()).isEqualTo(2_000);
        assertThat(threads.getCurrentThreadCpuTime() - before).isLessThan(TimeUnit.SECONDS.toNanos(20));
    }

    @Test
    void manyThreadsLookUpWhileItemsChange() throws Exception {
        Random random = new Random(3);
        PdqHash fixed = HashIndexTest.random(random);
        bank.put(image("fixed", fixed, 31));
        AtomicBoolean done = new AtomicBoolean();
        List<CompletableFuture<Void>> readers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            readers.add(CompletableFuture.runAsync(() -> {
                while (!done.get()) {
                    assertThat(bank.find(new Fingerprint.Image(fixed, 100)).id())
                            .isEqualTo("fixed");
                }
            }));
        }
        for (int i = 0; i < 50_000; i++) {
            String id = "i" + random.nextInt(2_000);
            if (random.nextBoolean()) {
                bank.put(image(id, HashIndexTest.random(random), 31));
            } else {
                bank.remove(id);
            }
        }
        done.set(true);
        CompletableFuture.allOf(readers.toArray(CompletableFuture[]::new)).get(60, TimeUnit.SECONDS);
    }
}
