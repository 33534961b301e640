// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.serde;

import io.sensorium.job.records.FailedEvent;
import io.sensorium.job.records.FailureCode;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** From alignment to the writer of dead letters. */
public final class FailedEventSerializer extends RecordSerializer<FailedEvent> {
    private static final long serialVersionUID = 1L;

    public static final FailedEventSerializer INSTANCE = new FailedEventSerializer();

    private static final FailureCode[] CODES = FailureCode.values();

    @Override
    public void serialize(FailedEvent record, DataOutputView target) throws IOException {
        writeText(record.subject(), target);
        EncodedEventFormat.write(record.event(), target);
        target.writeByte(record.code().ordinal());
        writeText(record.message(), target);
    }

    @Override
    public FailedEvent deserialize(DataInputView source) throws IOException {
        return new FailedEvent(
                readText(source), EncodedEventFormat.read(source), CODES[source.readByte()], readText(source));
    }

    @Override
    public TypeSerializerSnapshot<FailedEvent> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Its configuration, of which there is none. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<FailedEvent> {
        public Snapshot() {
            super(() -> INSTANCE);
        }
    }
}
