// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest.format;

import io.sensorium.events.AudioEvent;
import io.sensorium.events.ImageEvent;
import io.sensorium.events.TextEvent;
import io.sensorium.job.records.Coordinates;
import io.sensorium.operators.pack.ModelKind;
import io.sensorium.schemas.InputEvent;
import io.sensorium.schemas.SchemaRegistry;
import io.sensorium.schemas.WireFormatDecoder;
import io.sensorium.schemas.WireFormatException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.avro.Schema;

/** This project's own event schemas, as Avro in the Confluent wire format. */
final class SensoriumEvents implements EventFormat {

    /** Of one event schema; where events only bring embeddings, of all, the last that fitted first. */
    private final List<WireFormatDecoder<InputEvent>> decoders;

    SensoriumEvents(ModelKind encoder, SchemaRegistry registry) {
        this.decoders = new ArrayList<>(schemas(encoder).stream()
                .map(schema -> WireFormatDecoder.ofEvents(schema, registry))
                .toList());
    }

    /** The event schemas that a modality may be written in. */
    private static List<Schema> schemas(ModelKind kind) {
        return switch (kind) {
            case TEXT_ENCODER -> List.of(TextEvent.getClassSchema());
            case IMAGE_ENCODER -> List.of(ImageEvent.getClassSchema());
            case AUDIO_ENCODER -> List.of(AudioEvent.getClassSchema());
            case EMBEDDING ->
                List.of(ImageEvent.getClassSchema(), TextEvent.getClassSchema(), AudioEvent.getClassSchema());
            default -> throw new IllegalArgumentException(kind + " encodes no modality");
        };
    }

    @Override
    public InputEvent read(Coordinates record) throws IOException, WireFormatException {
        byte[] schemaId = SchemaIdHeader.of(record);
        for (int i = 0; ; i++) {
            try {
                InputEvent event = decoders.get(i).decode(record.value(), schemaId);
                if (i > 0) {
                    Collections.swap(decoders, 0, i);
                }
                return event;
            } catch (WireFormatException e) {
                if (i == decoders.size() - 1) {
                    throw e;
                }
            }
        }
    }
}
