// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.serde;

import io.sensorium.job.records.KeyedEncodedEvent;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** For the keyed shuffle. */
public final class KeyedEncodedEventSerializer extends RecordSerializer<KeyedEncodedEvent> {
    private static final long serialVersionUID = 1L;

    public static final KeyedEncodedEventSerializer INSTANCE = new KeyedEncodedEventSerializer();

    @Override
    public void serialize(KeyedEncodedEvent record, DataOutputView target) throws IOException {
        writeText(record.subjectId(), target);
        EncodedEventFormat.write(record.event(), target);
    }

    @Override
    public KeyedEncodedEvent deserialize(DataInputView source) throws IOException {
        return new KeyedEncodedEvent(readText(source), EncodedEventFormat.read(source));
    }

    @Override
    public TypeSerializerSnapshot<KeyedEncodedEvent> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Its configuration, of which there is none. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<KeyedEncodedEvent> {
        public Snapshot() {
            super(() -> INSTANCE);
        }
    }
}
