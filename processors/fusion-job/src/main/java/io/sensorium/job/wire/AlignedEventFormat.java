package io.sensorium.job.wire;

import io.sensorium.job.align.AlignedEvent;
import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The bytes of an {@link AlignedEvent}, shared by the shuffle and the keyed state. */
public final class AlignedEventFormat {

    private AlignedEventFormat() {}

    public static void write(AlignedEvent event, DataOutputView out) throws IOException {
        out.writeByte(event.modality());
        RecordSerializer.writeText(event.eventId(), out);
        out.writeLong(event.time());
        out.writeInt(event.partition());
        out.writeLong(event.offset());
        out.writeLong(event.readAt());
        out.writeLong(event.encoder());
        RecordSerializer.writeVector(event.vector(), out);
        RecordSerializer.writeMap(event.attributes(), RecordSerializer::writeText, out);
        RecordSerializer.writeMap(event.signals(), (value, view) -> view.writeDouble(value), out);
    }

    public static AlignedEvent read(DataInputView in) throws IOException {
        return new AlignedEvent(in.readByte(), RecordSerializer.readText(in), in.readLong(), in.readInt(), in.readLong(), in.readLong(), in.readLong(),
                RecordSerializer.readVector(in), RecordSerializer.readMap(RecordSerializer::readText, in),
                RecordSerializer.readMap(DataInputView::readDouble, in));
    }
}
