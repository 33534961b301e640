// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest.format;

import io.sensorium.job.config.EventMapping;
import io.sensorium.job.records.Coordinates;
import io.sensorium.schemas.InputEvent;
import io.sensorium.schemas.WireFormatException;
import java.io.IOException;

/** Reads the records of one topic as events. For one thread. */
public interface EventFormat {

    /**
     * Reads one record.
     *
     * @throws WireFormatException when its bytes are not of the format
     * @throws UnmappedRecordException when they are, but hold no event
     * @throws AbsentEventException when the topic's records hold events of several modalities, and this one none of its
     *     own
     * @throws io.sensorium.schemas.SchemaRegistry.UnknownSchemaException when the registry does not have its schema
     * @throws IOException when the registry cannot be reached; the record may be read again
     */
    InputEvent read(Coordinates record)
            throws IOException, WireFormatException, UnmappedRecordException, AbsentEventException;

    /** Where the events' fields come from; null for this project's own events. */
    default EventMapping mapping() {
        return null;
    }
}
