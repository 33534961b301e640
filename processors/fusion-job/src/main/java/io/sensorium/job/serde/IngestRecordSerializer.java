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

    private static final int REJECTED = 0;
    private static final int VECTOR = 1;
    private static final int TEXT = 2;
    private static final int MEDIA = 3;
    private static final int REFERENCE = 4;

    /** Media that lie within the record's value. */
    private static final int MEDIA_OF_VALUE = 5;

    private static final int ABSENT = 6;

    private static int kind(IngestRecord.Event event) {
        if (event.reference() != null) {
            return REFERENCE;
        }
        if (event.content() instanceof Content.Media media) {
            return media.array() == event.origin().value() ? MEDIA_OF_VALUE : MEDIA;
        }
        return event.content() == null ? VECTOR : TEXT;
    }

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
            target.writeByte(REJECTED);
            target.writeByte(rejected.code().ordinal());
            writeText(rejected.message(), target);
        } else if (record instanceof IngestRecord.Absent absent) {
            target.writeByte(ABSENT);
            target.writeLong(absent.time());
        } else if (record instanceof IngestRecord.Event event) {
            target.writeByte(kind(event));
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
            } else if (event.content() instanceof Content.Media media) {
                if (media.array() == origin.value()) {
                    target.writeInt(media.offset());
                    target.writeInt(media.length());
                } else {
                    writeBytes(media.bytes(), target);
                }
            }
            writeMap(event.attributes(), RecordSerializer::writeText, target);
            target.writeLong(event.readAt());
            writeMap(event.signals(), (value, out) -> out.writeDouble(value), target);
            EvidenceFormat.writePassages(event.passages(), target);
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
        if (kind == REJECTED) {
            return new IngestRecord.Rejected(origin, FailureCode.values()[in.readByte()], readText(in));
        }
        if (kind == ABSENT) {
            return new IngestRecord.Absent(origin, in.readLong());
        }
        String eventId = readText(in);
        String subjectId = readText(in);
        long time = in.readLong();
        byte[] vector = kind == VECTOR ? readBytes(in) : null;
        String vectorModel = kind == VECTOR ? readText(in) : null;
        IngestRecord.Reference reference = kind == REFERENCE ? reference(in) : null;
        Content content = switch (kind) {
            case TEXT -> new Content.Text(readText(in));
            case MEDIA -> new Content.Media(readBytes(in));
            case MEDIA_OF_VALUE -> new Content.Media(origin.value(), in.readInt(), in.readInt());
            default -> null;
        };
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
                in.readLong(),
                readMap(DataInputView::readDouble, in),
                EvidenceFormat.readPassages(in));
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
