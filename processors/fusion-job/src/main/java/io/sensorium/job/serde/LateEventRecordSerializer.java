// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.serde;

import io.sensorium.job.records.LateEventRecord;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** From alignment to the writer of late events. */
public final class LateEventRecordSerializer extends RecordSerializer<LateEventRecord> {
    private static final long serialVersionUID = 1L;

    public static final LateEventRecordSerializer INSTANCE = new LateEventRecordSerializer();

    @Override
    public void serialize(LateEventRecord record, DataOutputView target) throws IOException {
        writeText(record.subject(), target);
        EncodedEventFormat.write(record.event(), target);
        target.writeLong(record.watermark());
    }

    @Override
    public LateEventRecord deserialize(DataInputView source) throws IOException {
        return new LateEventRecord(readText(source), EncodedEventFormat.read(source), source.readLong());
    }

    @Override
    public TypeSerializerSnapshot<LateEventRecord> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Its configuration, of which there is none. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<LateEventRecord> {
        public Snapshot() {
            super(() -> INSTANCE);
        }
    }
}
