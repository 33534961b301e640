// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sensorium.operators.encode.Content;
import io.sensorium.operators.encode.Encoder;
import io.sensorium.operators.encode.Outcome;
import io.sensorium.operators.media.MediaLimits;
import io.sensorium.operators.media.SampleMedia;
import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.pack.ModelCatalog;
import io.sensorium.operators.pack.PackException;
import io.sensorium.operators.pack.PackedModel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One engine for all who ask; everyone gets the outcome of his own record. */
@Timeout(120)
class EncodingEngineTest {

    private static final EngineSettings SETTINGS = new EngineSettings(8, Duration.ofMillis(5), 16, 1 << 20, 2);
    private final PackedModel pictures =
            ModelCatalog.bundled().find("image-inception-mixed5").orElseThrow();

    private EncodingEngine open() {
        return EncodingEngine.open(pictures, MediaLimits.DEFAULT, new Device.Cpu(), SETTINGS);
    }

    @Test
    void manySubtasksShareItAndEachGetsItsOwnOutcomesThePoisonAlone() throws Exception {
        List<Content> contents = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            contents.add(
                    i % 5 == 3
                            ? new Content.Media(new byte[] {(byte) 0xff, (byte) 0xd8, (byte) i})
                            : new Content.Media(SampleMedia.picture("png", 40 + 10 * i, 60)));
        }
        List<Outcome> expected;
        try (Encoder encoder = Encoder.open(pictures, MediaLimits.DEFAULT, new Device.Cpu(), 1)) {
            expected = contents.stream()
                    .map(content -> encoder.encode(List.of(content)).get(0))
                    .toList();
        }
        ExecutorService subtasks = Executors.newFixedThreadPool(3);
        try (EncodingEngine first = open();
                EncodingEngine second = open()) {
            assertThat(EncodingEngine.openHandles()).isEqualTo(2);
            List<Callable<List<Outcome>>> work = new ArrayList<>();
            for (int subtask = 0; subtask < 3; subtask++) {
                EncodingEngine engine = subtask == 0 ? first : second;
                work.add(() -> {
                    List<CompletableFuture<Outcome>> futures = new ArrayList<>();
                    for (Content content : contents) {
                        futures.add(engine.submit(content));
                    }
                    return futures.stream().map(CompletableFuture::join).toList();
                });
            }
            for (Future<List<Outcome>> subtask : subtasks.invokeAll(work)) {
                List<Outcome> outcomes = subtask.get();
                for (int i = 0; i < contents.size(); i++) {
                    if (expected.get(i) instanceof Outcome.Encoded encoded) {
                        assertThat(outcomes.get(i))
                                .isInstanceOfSatisfying(
                                        Outcome.Encoded.class, own -> assertSame(own.vector(), encoded.vector()));
                    } else {
                        assertThat(outcomes.get(i)).isEqualTo(expected.get(i));
                    }
                }
            }
            assertThat(first.statistics().records())
                    .as("of all subtasks together")
                    .isEqualTo(36);
            assertThat(first.statistics().batches())
                    .as("fewer batches than records")
                    .isBetween(5L, 30L);
            assertThat(first.statistics().queueDepth()).isZero();
        } finally {
            subtasks.shutdownNow();
        }
        assertThat(EncodingEngine.openHandles()).isZero();
    }

    private static void assertSame(float[] own, float[] expected) {
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < own.length; i++) {
            difference += Math.pow(own[i] - expected[i], 2);
            norm += Math.pow(expected[i], 2);
        }
        assertThat(Math.sqrt(difference / norm)).isLessThanOrEqualTo(1e-5);
    }

    @Test
    void whatIsSubmittedToAClosedEngineFailsAndNamesTheModel() throws Exception {
        EncodingEngine engine = open();
        engine.close();
        engine.close();
        assertThatThrownBy(() -> engine.submit(new Content.Text("late")).get())
                .hasRootCauseMessage("the engine of image-inception-mixed5@1.0.0 was closed");
    }

    @Test
    void aHeadIsNoEncoder() {
        assertThatThrownBy(() -> EncodingEngine.open(
                        ModelCatalog.bundled().find("match-dual-encoder").orElseThrow(),
                        MediaLimits.DEFAULT,
                        new Device.Cpu(),
                        SETTINGS))
                .isInstanceOf(PackException.class);
        assertThat(EncodingEngine.openHandles()).isZero();
    }
}
