// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.serde;

import io.sensorium.job.records.OutputRecord;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** For the way to the sink. */
public final class OutputRecordSerializer extends RecordSerializer<OutputRecord> {
    private static final long serialVersionUID = 1L;

    public static final OutputRecordSerializer INSTANCE = new OutputRecordSerializer();

    @Override
    public void serialize(OutputRecord record, DataOutputView target) throws IOException {
        writeText(record.topic(), target);
        writeBytes(record.key(), target);
        writeBytes(record.value(), target);
        target.writeLong(record.readAt());
        target.writeBoolean(record.provisional());
        writeText(record.trace(), target);
        writeMap(record.headers(), RecordSerializer::writeText, target);
    }

    @Override
    public OutputRecord deserialize(DataInputView source) throws IOException {
        return new OutputRecord(
                readText(source),
                readBytes(source),
                readBytes(source),
                source.readLong(),
                source.readBoolean(),
                readText(source),
                readMap(RecordSerializer::readText, source));
    }

    @Override
    public TypeSerializerSnapshot<OutputRecord> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Its configuration, of which there is none. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<OutputRecord> {
        public Snapshot() {
            super(() -> INSTANCE);
        }
    }
}
