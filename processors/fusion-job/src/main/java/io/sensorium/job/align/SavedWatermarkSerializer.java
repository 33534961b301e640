// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.align;

import io.sensorium.job.alignment.SavedWatermark;
import io.sensorium.job.serde.RecordSerializer;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** Operator state of the aligner's subtasks. The first byte is the format's version. */
public final class SavedWatermarkSerializer extends RecordSerializer<SavedWatermark> {
    private static final long serialVersionUID = 1L;

    public static final SavedWatermarkSerializer INSTANCE = new SavedWatermarkSerializer();

    private static final int VERSION = 1;

    @Override
    public void serialize(SavedWatermark saved, DataOutputView target) throws IOException {
        target.writeByte(VERSION);
        writeCount(saved.firstKeyGroup(), target);
        writeCount(saved.lastKeyGroup(), target);
        target.writeLong(saved.watermark());
        target.writeLong(saved.highest());
    }

    @Override
    public SavedWatermark deserialize(DataInputView source) throws IOException {
        int version = source.readUnsignedByte();
        if (version != VERSION) {
            throw new IOException("saved watermark of format " + version + ", this release reads format " + VERSION
                    + "; resume with the release that wrote it, or start with --fresh");
        }
        return new SavedWatermark(readCount(source), readCount(source), source.readLong(), source.readLong());
    }

    @Override
    public TypeSerializerSnapshot<SavedWatermark> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Its configuration, of which there is none. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<SavedWatermark> {
        public Snapshot() {
            super(() -> INSTANCE);
        }
    }
}
