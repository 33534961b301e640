// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.serde;

import io.sensorium.job.alignment.Evidence;
import io.sensorium.job.alignment.Evidence.FoundTerm;
import io.sensorium.job.alignment.Evidence.KnownItem;
import io.sensorium.job.alignment.Evidence.Reading;
import io.sensorium.operators.encode.Passage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The bytes of {@link Evidence}. */
final class EvidenceFormat {

    private static final int TEXT = 1;
    private static final int KNOWN = 2;
    private static final int READ = 4;

    private static final int NOWHERE = 0;
    private static final int INTERVAL = 1;
    private static final int BOX = 2;

    private EvidenceFormat() {}

    static void write(Evidence evidence, DataOutputView out) throws IOException {
        out.writeByte((evidence.text() == null ? 0 : TEXT)
                | (evidence.known() == null ? 0 : KNOWN)
                | (evidence.reading() == null ? 0 : READ));
        if (evidence.text() != null) {
            RecordSerializer.writeText(evidence.text(), out);
        }
        writePassages(evidence.passages(), out);
        if (evidence.known() != null) {
            RecordSerializer.writeText(evidence.known().id(), out);
            RecordSerializer.writeText(evidence.known().label(), out);
            RecordSerializer.writeText(evidence.known().by(), out);
            out.writeDouble(evidence.known().distance());
        }
        if (evidence.reading() != null) {
            write(evidence.reading(), out);
        }
    }

    private static void write(Reading reading, DataOutputView out) throws IOException {
        out.writeInt(reading.length());
        RecordSerializer.writeMap(reading.measures(), (value, view) -> view.writeDouble(value), out);
        out.writeInt(reading.terms().size());
        for (FoundTerm found : reading.terms()) {
            RecordSerializer.writeText(found.list(), out);
            RecordSerializer.writeText(found.term(), out);
            out.writeInt(found.start());
            out.writeInt(found.end());
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
        return new Evidence(
                text,
                readPassages(in),
                (flags & KNOWN) == 0
                        ? null
                        : new KnownItem(
                                RecordSerializer.readText(in),
                                RecordSerializer.readText(in),
                                RecordSerializer.readText(in),
                                in.readDouble()),
                (flags & READ) == 0 ? null : readReading(in));
    }

    private static Reading readReading(DataInputView in) throws IOException {
        int length = in.readInt();
        Map<String, Double> measures = RecordSerializer.readMap(DataInputView::readDouble, in);
        int count = in.readInt();
        List<FoundTerm> terms = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            terms.add(new FoundTerm(
                    RecordSerializer.readText(in), RecordSerializer.readText(in), in.readInt(), in.readInt()));
        }
        return new Reading(length, measures, List.copyOf(terms));
    }

    static void writePassages(List<Passage> passages, DataOutputView out) throws IOException {
        out.writeInt(passages.size());
        for (Passage passage : passages) {
            write(passage, out);
        }
    }

    static List<Passage> readPassages(DataInputView in) throws IOException {
        int count = in.readInt();
        List<Passage> passages = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            passages.add(readPassage(in));
        }
        return List.copyOf(passages);
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
