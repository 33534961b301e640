// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest.format;

import io.sensorium.job.config.PipelineConfig.Modality;
import io.sensorium.operators.pack.ModelKind;
import io.sensorium.schemas.SchemaRegistry;

/** Every format of records. */
public final class EventFormats {

    private EventFormats() {}

    /** This project's own event schemas. */
    public static EventFormat own(ModelKind encoder, SchemaRegistry registry) {
        return new SensoriumEvents(encoder, registry);
    }

    /**
     * The format of a modality's topic.
     *
     * @param encoder kind of the modality's encoder, which determines what its events are
     */
    public static EventFormat of(Modality modality, ModelKind encoder, SchemaRegistry registry) {
        if (modality.events() == null) {
            return own(encoder, registry);
        }
        RecordTree tree = switch (modality.events().format()) {
            case AVRO -> new AvroTree(registry);
            case JSON -> new JsonTree(false);
            case JSON_SCHEMA -> new JsonTree(true);
            case BYTES -> value -> null;
        };
        return new MappedEvents(modality, encoder, tree);
    }
}
