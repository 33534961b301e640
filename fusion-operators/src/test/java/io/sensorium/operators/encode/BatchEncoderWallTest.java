// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.encode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OrtException;
import io.sensorium.operators.encode.Outcome.Encoded;
import io.sensorium.operators.encode.Outcome.Failed;
import io.sensorium.operators.media.MediaException;
import io.sensorium.operators.pack.ModelCatalog;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Whatever one record makes a decoder or a model throw is its own failure; its neighbours in the batch are encoded. */
@Tag("slow")
class BatchEncoderWallTest {

    /** Encodes a text's length; a text that names a fault makes preparing or running throw it. */
    private static final class Faulty extends BatchEncoder<String> {

        private int shortages;

        Faulty() {
            super(ModelCatalog.bundled().find("text-bge-small-en").orElseThrow().manifest());
        }

        @Override
        String prepare(Content content) throws MediaException {
            String text = ((Content.Text) content).text();
            if (text.equals("prepare short once") && shortages++ == 0) {
                throw new OutOfMemoryError("Java heap space");
            }
            if (text.startsWith("prepare")) {
                raise(text);
            }
            return text;
        }

        @Override
        List<Encoded> run(List<String> batch) throws OrtException {
            List<Encoded> encoded = new ArrayList<>();
            for (String text : batch) {
                if (text.equals("run ort")) {
                    throw new OrtException("the graph failed");
                }
                if (text.startsWith("run")) {
                    raise(text);
                }
                encoded.add(new Encoded(new float[] {text.length()}, Map.of()));
            }
            return encoded;
        }

        private static void raise(String text) {
            switch (text.substring(text.indexOf(' ') + 1)) {
                case "null" -> throw new NullPointerException();
                case "stack" -> throw new StackOverflowError();
                case "memory" -> throw new OutOfMemoryError("Physical memory usage is too high");
                case "linkage" -> throw new UnsatisfiedLinkError("no such library");
                case "threads" -> throw new OutOfMemoryError("unable to create native thread: possibly out of memory");
                default -> {}
            }
        }

        @Override
        List<Content> warmUpContents() {
            return List.of();
        }

        @Override
        public void close() {}
    }

    private static final List<String> FAULTS = List.of("null", "stack", "memory", "linkage");

    @Test
    void everyThrowableIsTheFailureOfItsRecordAlone() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 500; round++) {
            List<Content> batch = new ArrayList<>();
            for (int i = random.nextInt(1, 12); i > 0; i--) {
                batch.add(new Content.Text(
                        switch (random.nextInt(4)) {
                            case 0 -> "prepare " + FAULTS.get(random.nextInt(FAULTS.size()));
                            case 1 ->
                                "run " + (random.nextInt(4) == 0 ? "ort" : FAULTS.get(random.nextInt(FAULTS.size())));
                            default -> "sound " + random.nextInt(1000);
                        }));
            }
            List<Outcome> outcomes = new Faulty().encode(batch);
            for (int i = 0; i < batch.size(); i++) {
                String text = ((Content.Text) batch.get(i)).text();
                if (text.startsWith("sound")) {
                    assertThat(outcomes.get(i))
                            .isInstanceOfSatisfying(
                                    Encoded.class,
                                    encoded -> assertThat(encoded.vector()).containsExactly(text.length()));
                } else {
                    assertThat(outcomes.get(i))
                            .as(text)
                            .isInstanceOfSatisfying(
                                    Failed.class,
                                    failed -> assertThat(failed.reason()).isEqualTo(Outcome.Reason.MODEL_FAILED));
                }
            }
        }
    }

    @Test
    void aRecordForWhichMemoryWasShortIsTriedAgainAfterTheOthers() {
        Faulty encoder = new Faulty();
        List<Outcome> outcomes =
                encoder.encode(List.of(new Content.Text("prepare short once"), new Content.Text("sound")));
        assertThat(outcomes).allSatisfy(outcome -> assertThat(outcome).isInstanceOf(Encoded.class));
        assertThat(encoder.shortages).isEqualTo(2);
    }

    @Test
    void aShortageOfThreadsIsNoFailureOfARecord() {
        assertThatThrownBy(() -> new Faulty().encode(List.of(new Content.Text("run threads"))))
                .isInstanceOf(OutOfMemoryError.class);
    }
}
