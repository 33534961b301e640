// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.align;

import io.sensorium.job.alignment.SubjectElement;
import io.sensorium.job.alignment.SubjectElement.Dropped;
import io.sensorium.job.alignment.SubjectElement.Event;
import io.sensorium.job.alignment.SubjectElement.Origin;
import io.sensorium.job.alignment.SubjectElement.Written;
import io.sensorium.job.serde.EncodedEventFormat;
import io.sensorium.job.serde.RecordSerializer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Keyed state of the aligner. The first byte of a part is the format's version and the part's kind, so that later
 * releases read what this one wrote.
 */
public final class SubjectElementSerializer extends RecordSerializer<SubjectElement> {
    private static final long serialVersionUID = 1L;

    public static final SubjectElementSerializer INSTANCE = new SubjectElementSerializer();

    /** The format that this release writes. */
    public static final int VERSION = 3;

    /** The oldest format that it reads. */
    public static final int OLDEST_VERSION = 2;

    private static final int EVENT = 0;
    private static final int SERVED_EVENT = 1;
    private static final int WRITTEN = 2;
    private static final int DROPPED = 3;

    @Override
    public void serialize(SubjectElement element, DataOutputView target) throws IOException {
        if (element instanceof Event event) {
            writeKind(event.served() ? SERVED_EVENT : EVENT, target);
            EncodedEventFormat.write(event.event(), target);
        } else if (element instanceof Written window) {
            writeKind(WRITTEN, target);
            target.writeLong(window.start());
            target.writeLong(window.end());
            writeText(window.anchorId(), target);
            target.writeByte((window.finalRecord() ? 1 : 0)
                    | (window.forced() ? 2 : 0)
                    | (window.provisionalDone() ? 4 : 0)
                    | (window.deadlineDone() ? 8 : 0)
                    | (window.closed() ? 16 : 0));
            writeCount(window.inputs().size(), target);
            for (Origin input : window.inputs()) {
                target.writeByte(input.modality());
                writeCount(input.partition(), target);
                target.writeLong(input.offset());
            }
            writeCount(window.revisions().length, target);
            for (int revision : window.revisions()) {
                writeCount(revision, target);
            }
        } else {
            Dropped span = (Dropped) element;
            writeKind(DROPPED, target);
            target.writeLong(span.first());
            target.writeLong(span.last());
        }
    }

    @Override
    public SubjectElement deserialize(DataInputView source) throws IOException {
        int first = source.readUnsignedByte();
        int version = first >> 4;
        if (version < OLDEST_VERSION || version > VERSION) {
            throw new IOException("alignment state of format " + version + ", this release reads formats "
                    + OLDEST_VERSION + " to " + VERSION
                    + "; resume with the release that wrote it, or start with --fresh");
        }
        int kind = first & 0xf;
        return switch (kind) {
            case EVENT, SERVED_EVENT ->
                new Event(
                        version == 2 ? EncodedEventFormat.readFormatTwo(source) : EncodedEventFormat.read(source),
                        kind == SERVED_EVENT);
            case WRITTEN -> written(source);
            case DROPPED -> new Dropped(source.readLong(), source.readLong());
            default ->
                throw new IOException("alignment state of kind " + kind
                        + ", which no release wrote; the state is damaged, start with --fresh");
        };
    }

    private static void writeKind(int kind, DataOutputView target) throws IOException {
        target.writeByte(VERSION << 4 | kind);
    }

    private static Written written(DataInputView source) throws IOException {
        long start = source.readLong();
        long end = source.readLong();
        String anchorId = readText(source);
        int flags = source.readUnsignedByte();
        int count = readCount(source);
        List<Origin> inputs = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            inputs.add(new Origin(source.readByte(), readCount(source), source.readLong()));
        }
        int[] revisions = new int[readCount(source)];
        for (int i = 0; i < revisions.length; i++) {
            revisions[i] = readCount(source);
        }
        return new Written(
                start,
                end,
                anchorId,
                inputs,
                (flags & 1) != 0,
                (flags & 2) != 0,
                (flags & 4) != 0,
                (flags & 8) != 0,
                (flags & 16) != 0,
                revisions);
    }

    @Override
    public TypeSerializerSnapshot<SubjectElement> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Its configuration, of which there is none. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<SubjectElement> {
        public Snapshot() {
            super(() -> INSTANCE);
        }
    }
}
