package io.sensorium.job.align;

import io.sensorium.job.wire.AlignedEventFormat;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.base.TypeSerializerSingleton;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** Keyed state of the aligner. The first byte is the format's version, so that later releases read what this one wrote. */
public final class SubjectEventsSerializer extends TypeSerializerSingleton<SubjectEvents> {
    private static final long serialVersionUID = 1L;

    public static final SubjectEventsSerializer INSTANCE = new SubjectEventsSerializer();

    private static final int VERSION = 1;

    @Override
    public boolean isImmutableType() {
        return false;
    }

    @Override
    public SubjectEvents createInstance() {
        return new SubjectEvents();
    }

    @Override
    public SubjectEvents copy(SubjectEvents from) {
        SubjectEvents copy = new SubjectEvents();
        from.held.forEach(held -> copy.held.add(new SubjectEvents.Held(held.event, held.used)));
        copy.timer = from.timer;
        return copy;
    }

    @Override
    public SubjectEvents copy(SubjectEvents from, SubjectEvents reuse) {
        return copy(from);
    }

    @Override
    public int getLength() {
        return -1;
    }

    @Override
    public void serialize(SubjectEvents subject, DataOutputView target) throws IOException {
        target.writeByte(VERSION);
        target.writeLong(subject.timer);
        target.writeInt(subject.held.size());
        for (SubjectEvents.Held held : subject.held) {
            target.writeBoolean(held.used);
            AlignedEventFormat.write(held.event, target);
        }
    }

    @Override
    public SubjectEvents deserialize(DataInputView source) throws IOException {
        int version = source.readByte();
        if (version != VERSION) {
            throw new IOException("alignment state of format " + version + ", this release reads format " + VERSION
                    + "; resume with the release that wrote it, or start with --fresh");
        }
        SubjectEvents subject = new SubjectEvents();
        subject.timer = source.readLong();
        int count = source.readInt();
        for (int i = 0; i < count; i++) {
            boolean used = source.readBoolean();
            subject.held.add(new SubjectEvents.Held(AlignedEventFormat.read(source), used));
        }
        return subject;
    }

    @Override
    public SubjectEvents deserialize(SubjectEvents reuse, DataInputView source) throws IOException {
        return deserialize(source);
    }

    @Override
    public void copy(DataInputView source, DataOutputView target) throws IOException {
        serialize(deserialize(source), target);
    }

    @Override
    public TypeSerializerSnapshot<SubjectEvents> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Its configuration, of which there is none. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<SubjectEvents> {
        public Snapshot() {
            super(() -> INSTANCE);
        }
    }
}
