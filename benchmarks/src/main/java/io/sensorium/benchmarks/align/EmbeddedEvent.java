package io.sensorium.benchmarks.align;

import io.sensorium.events.Embedding;
import io.sensorium.events.TextEvent;
import io.sensorium.schemas.ConfluentSchemaRegistry;
import io.sensorium.schemas.WireFormatDecoder;
import io.sensorium.schemas.WireFormatException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;

/** An event as a user's own join holds it: a plain class with public fields, which Flink serializes field by field. */
public class EmbeddedEvent {

    public String subject;
    public String id;
    public long time;
    public long readAt;
    public int modality;
    public float[] vector;

    /** For Flink. */
    public EmbeddedEvent() {}

    /** Reads events with the project's own decoder, so that reading costs every contender the same. For one thread. */
    static final class Reader {
        private final WireFormatDecoder<TextEvent> decoder;
        private final int modality;

        Reader(String registryUrl, int modality) {
            this.decoder = WireFormatDecoder.of(TextEvent.getClassSchema(), new ConfluentSchemaRegistry(registryUrl, Map.of()));
            this.modality = modality;
        }

        EmbeddedEvent read(byte[] value) {
            try {
                TextEvent decoded = decoder.decode(value);
                EmbeddedEvent event = new EmbeddedEvent();
                event.subject = decoded.getSubjectId();
                event.id = decoded.getEventId();
                event.time = decoded.getEventTime().toEpochMilli();
                event.readAt = System.currentTimeMillis();
                event.modality = modality;
                List<Float> numbers = ((Embedding) decoded.getPayload()).getVector();
                event.vector = new float[numbers.size()];
                for (int i = 0; i < event.vector.length; i++) {
                    event.vector[i] = numbers.get(i);
                }
                return event;
            } catch (WireFormatException e) {
                throw new IllegalStateException(e);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
