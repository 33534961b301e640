// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.serde;

import io.sensorium.job.alignment.Embedding;
import io.sensorium.job.alignment.EmbeddingVector;
import io.sensorium.job.alignment.EmbeddingVector.Precision;
import io.sensorium.job.alignment.EncodedEvent;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The bytes of an {@link EncodedEvent}, shared by the shuffle and the keyed state. */
public final class EncodedEventFormat {

    private static final Precision[] PRECISIONS = Precision.values();

    /** Set in the count of embeddings where a trace context follows. */
    private static final int TRACED = 0x80;

    /** Set there where evidence follows; the last thing of the event. */
    private static final int WITH_EVIDENCE = 0x40;

    private static final int FLAGS = TRACED | WITH_EVIDENCE;

    private EncodedEventFormat() {}

    public static void write(EncodedEvent event, DataOutputView out) throws IOException {
        out.writeByte(event.modality());
        RecordSerializer.writeText(event.eventId(), out);
        out.writeLong(event.time());
        out.writeInt(event.partition());
        out.writeLong(event.offset());
        out.writeLong(event.readAt());
        List<Embedding> embeddings = event.embeddings();
        out.writeByte(embeddings.size()
                | (event.trace() == null ? 0 : TRACED)
                | (event.evidence() == null ? 0 : WITH_EVIDENCE));
        for (int i = 0; i < embeddings.size(); i++) {
            Embedding embedding = embeddings.get(i);
            out.writeLong(embedding.encoder());
            out.writeByte(embedding.vector().precision().ordinal());
            RecordSerializer.writeBytes(embedding.vector().bytes(), out);
        }
        RecordSerializer.writeMap(event.attributes(), RecordSerializer::writeText, out);
        RecordSerializer.writeMap(event.signals(), (value, view) -> view.writeDouble(value), out);
        if (event.trace() != null) {
            RecordSerializer.writeText(event.trace(), out);
        }
        if (event.evidence() != null) {
            EvidenceFormat.write(event.evidence(), out);
        }
    }

    public static EncodedEvent read(DataInputView in) throws IOException {
        int modality = in.readByte();
        String eventId = RecordSerializer.readText(in);
        long time = in.readLong();
        int partition = in.readInt();
        long offset = in.readLong();
        long readAt = in.readLong();
        int flags = in.readUnsignedByte();
        int count = flags & ~FLAGS;
        List<Embedding> embeddings;
        if (count == 1) {
            embeddings = List.of(readEmbedding(in));
        } else {
            embeddings = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                embeddings.add(readEmbedding(in));
            }
        }
        return new EncodedEvent(
                modality,
                eventId,
                time,
                partition,
                offset,
                readAt,
                embeddings,
                RecordSerializer.readMap(RecordSerializer::readText, in),
                RecordSerializer.readMap(DataInputView::readDouble, in),
                (flags & TRACED) == 0 ? null : RecordSerializer.readText(in),
                (flags & WITH_EVIDENCE) == 0 ? null : EvidenceFormat.read(in));
    }

    /**
     * Reads an event of state format 2. There the embeddings of two encoders were one array, which is left as it is
     * ({@link FormatTwoEmbedding}), and the trace context was an attribute.
     */
    public static EncodedEvent readFormatTwo(DataInputView in) throws IOException {
        int modality = in.readByte();
        String eventId = RecordSerializer.readText(in);
        long time = in.readLong();
        int partition = in.readInt();
        long offset = in.readLong();
        long readAt = in.readLong();
        Embedding embedding = readEmbedding(in);
        Map<String, String> attributes = RecordSerializer.readMap(RecordSerializer::readText, in);
        return new EncodedEvent(
                modality,
                eventId,
                time,
                partition,
                offset,
                readAt,
                List.of(embedding),
                FormatTwoEmbedding.withoutTrace(attributes),
                RecordSerializer.readMap(DataInputView::readDouble, in),
                attributes.get(FormatTwoEmbedding.TRACE_ATTRIBUTE),
                null);
    }

    private static Embedding readEmbedding(DataInputView in) throws IOException {
        long encoder = in.readLong();
        Precision precision = PRECISIONS[in.readByte()];
        return new Embedding(encoder, new EmbeddingVector(RecordSerializer.readBytes(in), precision));
    }
}
