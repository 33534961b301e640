// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.align;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sensorium.job.alignment.Embedding;
import io.sensorium.job.alignment.EmbeddingVector;
import io.sensorium.job.alignment.EmbeddingVector.Precision;
import io.sensorium.job.alignment.EncodedEvent;
import io.sensorium.job.alignment.SubjectElement;
import io.sensorium.job.alignment.SubjectElement.Dropped;
import io.sensorium.job.alignment.SubjectElement.Event;
import io.sensorium.job.alignment.SubjectElement.Origin;
import io.sensorium.job.alignment.SubjectElement.Written;
import io.sensorium.operators.onnx.EmbeddingBytes;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;

/** Keyed state in its released form: what is in the golden file must be readable for ever. */
class StateFormatTest {

    private static final List<SubjectElement> ELEMENTS = List.of(
            new Event(
                    new EncodedEvent(
                            2,
                            "ev-ä",
                            1_700_000_003_000L,
                            1,
                            42,
                            1_700_000_004_000L,
                            0x1122334455667788L,
                            new EmbeddingVector(
                                    EmbeddingBytes.ofFloat32(new float[] {0.5f, -1.25f}), Precision.FLOAT32),
                            Map.of("group", "g"),
                            Map.of("porn", 0.125)),
                    true),
            new Event(
                    new EncodedEvent(
                            0,
                            "e2",
                            -5,
                            0,
                            0,
                            0,
                            -1,
                            new EmbeddingVector(
                                    EmbeddingBytes.ofFloat16(new float[] {0.5f, -1.25f}), Precision.FLOAT16),
                            Map.of(),
                            Map.of()),
                    false),
            new Written(
                    -10,
                    1_700_000_010_000L,
                    "anchor",
                    List.of(new Origin(2, 1, 42), new Origin(0, 0, 0)),
                    true,
                    false,
                    true,
                    false,
                    true,
                    new int[] {0, 300, 2}),
            new Dropped(-7, 1_700_000_009_999L));

    private static byte[] serialize(List<SubjectElement> elements) throws IOException {
        DataOutputSerializer out = new DataOutputSerializer(64);
        for (SubjectElement element : elements) {
            SubjectElementSerializer.INSTANCE.serialize(element, out);
        }
        return out.getCopyOfBuffer();
    }

    /** What format 3 has and format 2 had no field for. */
    private static final SubjectElement TWO_EMBEDDINGS_AND_A_TRACE = new Event(
            new EncodedEvent(
                    1,
                    "e3",
                    7,
                    2,
                    3,
                    4,
                    List.of(
                            new Embedding(
                                    11,
                                    new EmbeddingVector(
                                            EmbeddingBytes.ofFloat32(new float[] {0.25f}), Precision.FLOAT32)),
                            new Embedding(
                                    22,
                                    new EmbeddingVector(
                                            EmbeddingBytes.ofFloat32(new float[] {0.5f, -1.25f}), Precision.FLOAT32))),
                    Map.of("group", "g"),
                    Map.of(),
                    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                    null),
            false);

    private static byte[] golden(int format) throws IOException {
        try (InputStream in =
                StateFormatTest.class.getResourceAsStream("/golden/subject-elements-v" + format + ".hex")) {
            return HexFormat.of().parseHex(new String(in.readAllBytes(), StandardCharsets.UTF_8).trim());
        }
    }

    private static List<SubjectElement> read(byte[] bytes) throws IOException {
        List<SubjectElement> read = new ArrayList<>();
        DataInputDeserializer in = new DataInputDeserializer(bytes);
        while (in.available() > 0) {
            read.add(SubjectElementSerializer.INSTANCE.deserialize(in));
        }
        return read;
    }

    @Test
    void readsAndWritesTheReleasedBytes() throws Exception {
        List<SubjectElement> elements = new ArrayList<>(ELEMENTS);
        elements.add(TWO_EMBEDDINGS_AND_A_TRACE);
        assertThat(HexFormat.of().formatHex(serialize(elements)))
                .isEqualTo(HexFormat.of().formatHex(golden(3)));
        assertThat(read(golden(3))).usingRecursiveComparison().isEqualTo(elements);
    }

    @Test
    void readsTheBytesOfFormatTwo() throws Exception {
        assertThat(read(golden(2))).usingRecursiveComparison().isEqualTo(ELEMENTS);
    }

    @Test
    void theTraceOfAnEventOfFormatTwoWasAnAttribute() throws Exception {
        String trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        byte[] id = {'e'};
        byte[] key = "\u0000traceparent".getBytes(StandardCharsets.UTF_8);
        DataOutputSerializer out = new DataOutputSerializer(64);
        out.writeByte(0x20);
        out.writeByte(0);
        out.writeByte(1 + id.length);
        out.write(id);
        out.writeLong(5);
        out.writeInt(1);
        out.writeLong(6);
        out.writeLong(7);
        out.writeLong(8);
        out.writeByte(0);
        out.writeByte(1 + Float.BYTES);
        out.write(EmbeddingBytes.ofFloat32(new float[] {1}));
        out.writeByte(2);
        out.writeByte(1 + key.length);
        out.write(key);
        out.writeByte(1 + trace.length());
        out.write(trace.getBytes(StandardCharsets.UTF_8));
        out.writeByte(2);
        out.write("a".getBytes(StandardCharsets.UTF_8));
        out.writeByte(2);
        out.write("b".getBytes(StandardCharsets.UTF_8));
        out.writeByte(0);
        EncodedEvent event = ((Event) read(out.getCopyOfBuffer()).get(0)).event();
        assertThat(event.trace()).isEqualTo(trace);
        assertThat(event.attributes()).isEqualTo(Map.of("a", "b"));
        assertThat(event.embeddings().get(0).encoder()).isEqualTo(8);
    }

    @Test
    void refusesAnotherVersionWithAWayOut() {
        assertThatThrownBy(() ->
                        SubjectElementSerializer.INSTANCE.deserialize(new DataInputDeserializer(new byte[] {0x10})))
                .hasMessageContaining("format 1")
                .hasMessageContaining("--fresh");
    }

    @Test
    void anEmbeddingsStateIsLittleMoreThanItsBytesAndHalfAtHalfPrecision() throws Exception {
        float[] vector = new float[384];
        assertThat(serialize(List.of(event(EmbeddingBytes.ofFloat32(vector), Precision.FLOAT32))).length)
                .isLessThanOrEqualTo(1536 + 64);
        assertThat(serialize(List.of(event(EmbeddingBytes.ofFloat16(vector), Precision.FLOAT16))).length)
                .isLessThanOrEqualTo(768 + 64);
    }

    private static Event event(byte[] bytes, Precision precision) {
        return new Event(
                new EncodedEvent(
                        0, "event-1234567", 1, 0, 1, 1, 1, new EmbeddingVector(bytes, precision), Map.of(), Map.of()),
                false);
    }
}
