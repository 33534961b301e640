// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.serde;

import io.sensorium.job.alignment.AlignedWindow;
import io.sensorium.job.alignment.EncodedEvent;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** For windows that leave the aligner's chain. */
public final class AlignedWindowSerializer extends RecordSerializer<AlignedWindow> {
    private static final long serialVersionUID = 1L;

    private static final AlignedWindow.Status[] STATUSES = AlignedWindow.Status.values();

    public static final AlignedWindowSerializer INSTANCE = new AlignedWindowSerializer();

    @Override
    public void serialize(AlignedWindow window, DataOutputView target) throws IOException {
        writeText(window.subject(), target);
        target.writeLong(window.start());
        target.writeLong(window.end());
        writeText(window.anchorId(), target);
        target.writeInt(window.events().size());
        for (EncodedEvent event : window.events()) {
            EncodedEventFormat.write(event, target);
        }
        target.writeByte(window.missing().size());
        for (int missing : window.missing()) {
            target.writeByte(missing);
        }
        target.writeByte(window.status().ordinal());
        target.writeBoolean(window.forced());
        target.writeInt(window.operators());
        writeCount(window.revisions().length, target);
        for (int revision : window.revisions()) {
            writeCount(revision, target);
        }
    }

    @Override
    public AlignedWindow deserialize(DataInputView source) throws IOException {
        String subject = readText(source);
        long start = source.readLong();
        long end = source.readLong();
        String anchorId = readText(source);
        int count = source.readInt();
        List<EncodedEvent> events = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            events.add(EncodedEventFormat.read(source));
        }
        int absent = source.readByte();
        List<Integer> missing = new ArrayList<>(absent);
        for (int i = 0; i < absent; i++) {
            missing.add((int) source.readByte());
        }
        AlignedWindow.Status status = STATUSES[source.readByte()];
        boolean forced = source.readBoolean();
        int operators = source.readInt();
        int[] revisions = new int[readCount(source)];
        for (int i = 0; i < revisions.length; i++) {
            revisions[i] = readCount(source);
        }
        return new AlignedWindow(subject, start, end, anchorId, events, missing, status, forced, operators, revisions);
    }

    @Override
    public TypeSerializerSnapshot<AlignedWindow> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Its configuration, of which there is none. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<AlignedWindow> {
        public Snapshot() {
            super(() -> INSTANCE);
        }
    }
}
