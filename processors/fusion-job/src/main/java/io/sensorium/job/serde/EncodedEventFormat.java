// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.serde;

import io.sensorium.job.alignment.EmbeddingVector;
import io.sensorium.job.alignment.EmbeddingVector.Precision;
import io.sensorium.job.alignment.EncodedEvent;
import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The bytes of an {@link EncodedEvent}, shared by the shuffle and the keyed state. */
public final class EncodedEventFormat {

    private static final Precision[] PRECISIONS = Precision.values();

    private EncodedEventFormat() {}

    public static void write(EncodedEvent event, DataOutputView out) throws IOException {
        out.writeByte(event.modality());
        RecordSerializer.writeText(event.eventId(), out);
        out.writeLong(event.time());
        out.writeInt(event.partition());
        out.writeLong(event.offset());
        out.writeLong(event.readAt());
        out.writeLong(event.encoder());
        out.writeByte(event.vector().precision().ordinal());
        RecordSerializer.writeBytes(event.vector().bytes(), out);
        RecordSerializer.writeMap(event.attributes(), RecordSerializer::writeText, out);
        RecordSerializer.writeMap(event.signals(), (value, view) -> view.writeDouble(value), out);
    }

    public static EncodedEvent read(DataInputView in) throws IOException {
        return new EncodedEvent(
                in.readByte(),
                RecordSerializer.readText(in),
                in.readLong(),
                in.readInt(),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                readVector(in),
                RecordSerializer.readMap(RecordSerializer::readText, in),
                RecordSerializer.readMap(DataInputView::readDouble, in));
    }

    private static EmbeddingVector readVector(DataInputView in) throws IOException {
        Precision precision = PRECISIONS[in.readByte()];
        return new EmbeddingVector(RecordSerializer.readBytes(in), precision);
    }
}
