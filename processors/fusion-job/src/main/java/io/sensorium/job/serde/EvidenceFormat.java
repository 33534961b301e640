// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.serde;

import io.sensorium.job.alignment.Evidence;
import io.sensorium.job.alignment.Evidence.KnownItem;
import io.sensorium.operators.encode.Passage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The bytes of {@link Evidence}. */
final class EvidenceFormat {

    private static final int TEXT = 1;
    private static final int KNOWN = 2;

    private static final int NOWHERE = 0;
    private static final int INTERVAL = 1;
    private static final int BOX = 2;

    private EvidenceFormat() {}

    static void write(Evidence evidence, DataOutputView out) throws IOException {
        out.writeByte((evidence.text() == null ? 0 : TEXT) | (evidence.known() == null ? 0 : KNOWN));
        if (evidence.text() != null) {
            RecordSerializer.writeText(evidence.text(), out);
        }
        out.writeInt(evidence.passages().size());
        for (Passage passage : evidence.passages()) {
            write(passage, out);
        }
        if (evidence.known() != null) {
            RecordSerializer.writeText(evidence.known().id(), out);
            RecordSerializer.writeText(evidence.known().label(), out);
            RecordSerializer.writeText(evidence.known().by(), out);
            out.writeDouble(evidence.known().distance());
        }
    }

    private static void write(Passage passage, DataOutputView out) throws IOException {
        RecordSerializer.writeText(passage.text(), out);
        out.writeDouble(passage.confidence());
        if (passage.place() instanceof Passage.Interval interval) {
            out.writeByte(INTERVAL);
            out.writeLong(interval.startMs());
            out.writeLong(interval.endMs());
        } else if (passage.place() instanceof Passage.Box box) {
            out.writeByte(BOX);
            out.writeInt(box.left());
            out.writeInt(box.top());
            out.writeInt(box.right());
            out.writeInt(box.bottom());
        } else {
            out.writeByte(NOWHERE);
        }
    }

    static Evidence read(DataInputView in) throws IOException {
        int flags = in.readUnsignedByte();
        String text = (flags & TEXT) == 0 ? null : RecordSerializer.readText(in);
        int count = in.readInt();
        List<Passage> passages = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            passages.add(readPassage(in));
        }
        return new Evidence(
                text,
                List.copyOf(passages),
                (flags & KNOWN) == 0
                        ? null
                        : new KnownItem(
                                RecordSerializer.readText(in),
                                RecordSerializer.readText(in),
                                RecordSerializer.readText(in),
                                in.readDouble()));
    }

    private static Passage readPassage(DataInputView in) throws IOException {
        String text = RecordSerializer.readText(in);
        double confidence = in.readDouble();
        int place = in.readByte();
        return new Passage(
                text,
                confidence,
                switch (place) {
                    case NOWHERE -> null;
                    case INTERVAL -> new Passage.Interval(in.readLong(), in.readLong());
                    case BOX -> new Passage.Box(in.readInt(), in.readInt(), in.readInt(), in.readInt());
                    default -> throw new IOException("place " + place + " of a passage is none that is known");
                });
    }
}
