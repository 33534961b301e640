// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sensorium.operators.encode.Content;
import io.sensorium.operators.encode.Encoder;
import io.sensorium.operators.encode.Outcome;
import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.pack.ModelCatalog;
import io.sensorium.operators.pack.ModelManifest;
import io.sensorium.operators.pack.PackedModel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A record that makes its encoder throw anything, or hang, fails alone and within the time limit; the records around it
 * are encoded.
 */
@Timeout(60)
@Tag("slow")
class EngineWallTest {

    private static final PackedModel MODEL =
            ModelCatalog.bundled().find("text-bge-small-en").orElseThrow();
    private static final Duration LIMIT = Duration.ofMillis(300);

    private final AtomicInteger opened = new AtomicInteger();
    private final AtomicInteger closed = new AtomicInteger();
    private final CountDownLatch release = new CountDownLatch(1);

    /** Encodes a text as its length; some texts make it throw or hang. */
    private final class Fragile implements Encoder {

        Fragile() {
            opened.incrementAndGet();
        }

        @Override
        public List<Outcome> encode(List<Content> batch) {
            List<Outcome> outcomes = new ArrayList<>();
            for (Content content : batch) {
                String text = ((Content.Text) content).text();
                switch (text) {
                    case "null" -> throw new NullPointerException("a decoder's own");
                    case "stack" -> encode(batch);
                    case "memory" -> throw new OutOfMemoryError("Java heap space");
                    case "linkage" -> throw new NoClassDefFoundError("a/b/C");
                    case "metaspace" -> throw new OutOfMemoryError("Metaspace");
                    case "hang" -> hang();
                    default -> outcomes.add(new Outcome.Encoded(new float[] {text.length()}, Map.of()));
                }
            }
            return outcomes;
        }

        /** Deaf to interrupts, as native code is. */
        private void hang() {
            while (true) {
                try {
                    release.await();
                    return;
                } catch (InterruptedException e) {
                    Thread.interrupted();
                }
            }
        }

        @Override
        public ModelManifest manifest() {
            return MODEL.manifest();
        }

        @Override
        public void warmUp(boolean batches) {}

        @Override
        public double paddingShare() {
            return 0;
        }

        @Override
        public void close() {
            closed.incrementAndGet();
        }
    }

    private EncodingEngine engine(int workers) {
        return EncodingEngine.of(
                MODEL,
                Fragile::new,
                new Device.Cpu(),
                new EngineSettings(4, Duration.ZERO, 64, 1 << 20, workers),
                LIMIT);
    }

    private static List<CompletableFuture<Outcome>> submit(EncodingEngine engine, String... texts)
            throws InterruptedException {
        List<CompletableFuture<Outcome>> outcomes = new ArrayList<>();
        for (String text : texts) {
            outcomes.add(engine.submit(new Content.Text(text)));
        }
        return outcomes;
    }

    private static void assertOutcomes(List<CompletableFuture<Outcome>> outcomes, String... expected) {
        for (int i = 0; i < expected.length; i++) {
            Outcome outcome = outcomes.get(i).orTimeout(20, TimeUnit.SECONDS).join();
            if (expected[i] == null) {
                assertThat(outcome).as("record " + i).isInstanceOf(Outcome.Encoded.class);
            } else {
                String wanted = expected[i];
                assertThat(outcome).as("record " + i).isInstanceOfSatisfying(Outcome.Failed.class, failed -> {
                    assertThat(failed.reason()).isEqualTo(Outcome.Reason.MODEL_FAILED);
                    assertThat(failed.message()).contains(wanted);
                });
            }
        }
    }

    @Test
    void anyThrowableOfARecordIsItsOwnFailure() throws Exception {
        try (EncodingEngine engine = engine(1)) {
            assertOutcomes(
                    submit(engine, "a", "null", "b", "stack", "c", "memory", "d", "linkage", "e"),
                    null,
                    "NullPointerException: a decoder's own",
                    null,
                    "StackOverflowError",
                    null,
                    "OutOfMemoryError: Java heap space",
                    null,
                    "NoClassDefFoundError: a/b/C",
                    null);
            assertOutcomes(submit(engine, "f"), (String) null);
        }
        assertThat(closed).hasValue(opened.get());
    }

    @Test
    void aShortageThatNoRecordCausesIsTheProcesss() throws Exception {
        try (EncodingEngine engine = engine(1)) {
            assertThatThrownBy(() -> submit(engine, "metaspace").get(0).get())
                    .hasRootCauseInstanceOf(OutOfMemoryError.class);
            assertOutcomes(submit(engine, "a"), (String) null);
        }
    }

    @Test
    void recordsThatHangFailAloneAndWithinTheLimit() throws Exception {
        long start = System.nanoTime();
        EncodingEngine engine = engine(1);
        assertOutcomes(
                submit(engine, "a", "hang", "b", "c", "hang", "null", "d"),
                null,
                "did not finish the record within 300 ms",
                null,
                null,
                "did not finish the record within 300 ms",
                "NullPointerException",
                null);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
        engine.close();
        assertThat(closed.get()).as("encoders whose calls hang stay open").isLessThan(opened.get());
        release.countDown();
        while (closed.get() < opened.get()) {
            Thread.onSpinWait();
        }
    }

    @Test
    void anEngineWithTooManyHangingCallsFailsInsteadOfStandingStill() throws Exception {
        EncodingEngine engine = engine(1);
        for (int i = 0; i < SharedEngine.MAX_HANGING; i++) {
            assertOutcomes(submit(engine, "hang"), "did not finish");
        }
        assertOutcomes(submit(engine, "hang"), "did not finish");
        assertThatThrownBy(() -> submit(engine, "a").get(0).get(20, TimeUnit.SECONDS))
                .hasRootCauseInstanceOf(IllegalStateException.class);
        engine.close();
        release.countDown();
    }
}
