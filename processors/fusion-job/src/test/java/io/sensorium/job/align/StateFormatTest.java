package io.sensorium.job.align;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sensorium.job.align.SubjectEvents.Held;
import java.io.InputStream;
import java.util.HexFormat;
import java.util.Map;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;

/** Keyed state in its released form: what is in the golden file must be readable for ever. */
class StateFormatTest {

    private static SubjectEvents subject() {
        SubjectEvents subject = new SubjectEvents();
        subject.timer = 1_700_000_010_000L;
        subject.held.add(new Held(new AlignedEvent(2, "ev-ä", 1_700_000_003_000L, 1, 42, 1_700_000_004_000L, 0x1122334455667788L,
                new float[] {0.5f, -1.25f}, Map.of("group", "g"), Map.of("porn", 0.125)), true));
        subject.held.add(new Held(new AlignedEvent(0, "e2", -5, 0, 0, 0, -1, new float[0], Map.of(), Map.of()), false));
        return subject;
    }

    @Test
    void readsAndWritesTheReleasedBytes() throws Exception {
        byte[] golden;
        try (InputStream in = StateFormatTest.class.getResourceAsStream("/golden/subject-events-v1.hex")) {
            golden = HexFormat.of().parseHex(new String(in.readAllBytes()).trim());
        }
        SubjectEvents read = SubjectEventsSerializer.INSTANCE.deserialize(new DataInputDeserializer(golden));
        assertThat(read).usingRecursiveComparison().isEqualTo(subject());
        DataOutputSerializer out = new DataOutputSerializer(64);
        SubjectEventsSerializer.INSTANCE.serialize(subject(), out);
        assertThat(HexFormat.of().formatHex(out.getCopyOfBuffer())).isEqualTo(HexFormat.of().formatHex(golden));
    }

    @Test
    void refusesAnotherVersionWithAWayOut() {
        assertThatThrownBy(() -> SubjectEventsSerializer.INSTANCE.deserialize(new DataInputDeserializer(new byte[] {9})))
                .hasMessageContaining("format 9").hasMessageContaining("--fresh");
    }

    @Test
    void anEmbeddingsStateIsLittleMoreThanItsBytes() throws Exception {
        SubjectEvents subject = new SubjectEvents();
        subject.held.add(new Held(new AlignedEvent(0, "event-1234567", 1, 0, 1, 1, 1, new float[384], Map.of(), Map.of()), false));
        DataOutputSerializer out = new DataOutputSerializer(64);
        SubjectEventsSerializer.INSTANCE.serialize(subject, out);
        assertThat(out.length()).isLessThanOrEqualTo((int) (1.1 * 384 * Float.BYTES));
    }
}
