// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks.align;

import io.sensorium.events.TextEvent;
import io.sensorium.schemas.ConfluentSchemaRegistry;
import io.sensorium.schemas.InputEvent;
import io.sensorium.schemas.WireFormatDecoder;
import io.sensorium.schemas.WireFormatException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
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
        private final WireFormatDecoder<InputEvent> decoder;
        private final int modality;

        Reader(String registryUrl, int modality) {
            this.decoder = WireFormatDecoder.ofEvents(
                    TextEvent.getClassSchema(), new ConfluentSchemaRegistry(registryUrl, Map.of()));
            this.modality = modality;
        }

        EmbeddedEvent read(byte[] value) {
            try {
                InputEvent decoded = decoder.decode(value);
                EmbeddedEvent event = new EmbeddedEvent();
                event.subject = decoded.subjectId();
                event.id = decoded.eventId();
                event.time = decoded.eventTime();
                event.readAt = System.currentTimeMillis();
                event.modality = modality;
                FloatBuffer vector = ByteBuffer.wrap(((InputEvent.Payload.Embedded) decoded.payload()).vector())
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .asFloatBuffer();
                event.vector = new float[vector.remaining()];
                vector.get(event.vector);
                return event;
            } catch (WireFormatException e) {
                throw new IllegalStateException(e);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
