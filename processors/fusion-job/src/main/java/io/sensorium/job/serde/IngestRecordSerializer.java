// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.serde;

import io.sensorium.job.records.Coordinates;
import io.sensorium.job.records.FailureCode;
import io.sensorium.job.records.IngestRecord;
import io.sensorium.operators.encode.Content;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** For records between source and encoder, which are chained: it is needed where a user breaks the chain. */
public final class IngestRecordSerializer extends RecordSerializer<IngestRecord> {
    private static final long serialVersionUID = 1L;

    public static final IngestRecordSerializer INSTANCE = new IngestRecordSerializer();

    @Override
    public void serialize(IngestRecord record, DataOutputView target) throws IOException {
        Coordinates origin = record.origin();
        writeText(origin.topic(), target);
        target.writeInt(origin.partition());
        target.writeLong(origin.offset());
        target.writeLong(origin.timestamp());
        writeBytes(origin.key(), target);
        writeBytes(origin.value(), target);
        writeMap(origin.headers(), RecordSerializer::writeBytes, target);
        if (record instanceof IngestRecord.Rejected rejected) {
            target.writeByte(0);
            target.writeByte(rejected.code().ordinal());
            writeText(rejected.message(), target);
        } else if (record instanceof IngestRecord.Event event) {
            target.writeByte(
                    event.reference() != null
                            ? 4
                            : event.content() == null ? 1 : event.content() instanceof Content.Text ? 2 : 3);
            writeText(event.eventId(), target);
            writeText(event.subjectId(), target);
            target.writeLong(event.time());
            if (event.reference() != null) {
                writeText(event.reference().uri(), target);
                target.writeLong(event.reference().sizeBytes());
                writeBytes(
                        event.reference().sha256() == null
                                ? null
                                : event.reference().sha256().getBytes(StandardCharsets.UTF_8),
                        target);
                target.writeBoolean(event.reference().text());
            } else if (event.content() == null) {
                writeBytes(event.vector(), target);
                writeText(event.vectorModel(), target);
            } else if (event.content() instanceof Content.Text text) {
                writeText(text.text(), target);
            } else {
                writeBytes(((Content.Media) event.content()).bytes(), target);
            }
            writeMap(event.attributes(), RecordSerializer::writeText, target);
            target.writeLong(event.readAt());
        }
    }

    @Override
    public IngestRecord deserialize(DataInputView in) throws IOException {
        Coordinates origin = new Coordinates(
                readText(in),
                in.readInt(),
                in.readLong(),
                in.readLong(),
                readBytes(in),
                readBytes(in),
                readMap(RecordSerializer::readBytes, in));
        int kind = in.readByte();
        if (kind == 0) {
            return new IngestRecord.Rejected(origin, FailureCode.values()[in.readByte()], readText(in));
        }
        String eventId = readText(in);
        String subjectId = readText(in);
        long time = in.readLong();
        byte[] vector = kind == 1 ? readBytes(in) : null;
        String vectorModel = kind == 1 ? readText(in) : null;
        IngestRecord.Reference reference = kind == 4 ? reference(in) : null;
        Content content = kind == 1 || kind == 4
                ? null
                : kind == 2 ? new Content.Text(readText(in)) : new Content.Media(readBytes(in));
        return new IngestRecord.Event(
                origin,
                eventId,
                subjectId,
                time,
                content,
                reference,
                vector,
                vectorModel,
                readMap(RecordSerializer::readText, in),
                in.readLong());
    }

    private static IngestRecord.Reference reference(DataInputView in) throws IOException {
        String uri = readText(in);
        long size = in.readLong();
        byte[] sha256 = readBytes(in);
        return new IngestRecord.Reference(
                uri, size, sha256 == null ? null : new String(sha256, StandardCharsets.UTF_8), in.readBoolean());
    }

    @Override
    public TypeSerializerSnapshot<IngestRecord> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Its configuration, of which there is none. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<IngestRecord> {
        public Snapshot() {
            super(() -> INSTANCE);
        }
    }
}
