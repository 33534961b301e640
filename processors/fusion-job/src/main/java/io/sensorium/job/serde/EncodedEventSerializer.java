// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.serde;

import io.sensorium.job.records.EncodedEvent;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** For the keyed shuffle. */
public final class EncodedEventSerializer extends RecordSerializer<EncodedEvent> {
    private static final long serialVersionUID = 1L;

    public static final EncodedEventSerializer INSTANCE = new EncodedEventSerializer();

    @Override
    public void serialize(EncodedEvent record, DataOutputView target) throws IOException {
        writeText(record.subjectId(), target);
        AlignedEventFormat.write(record.event(), target);
    }

    @Override
    public EncodedEvent deserialize(DataInputView source) throws IOException {
        return new EncodedEvent(readText(source), AlignedEventFormat.read(source));
    }

    @Override
    public TypeSerializerSnapshot<EncodedEvent> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Its configuration, of which there is none. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<EncodedEvent> {
        public Snapshot() {
            super(() -> INSTANCE);
        }
    }
}
