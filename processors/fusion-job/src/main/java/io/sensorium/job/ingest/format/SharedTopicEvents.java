// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest.format;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BinaryNode;
import io.sensorium.job.config.EventMapping;
import io.sensorium.job.config.EventMapping.Field;
import io.sensorium.job.config.Modality;
import io.sensorium.job.config.SharedTopics;
import io.sensorium.job.records.Coordinates;
import io.sensorium.job.records.FailureCode;
import io.sensorium.schemas.InputEvent;
import io.sensorium.schemas.SchemaRegistry.UnknownSchemaException;
import io.sensorium.schemas.WireFormatException;
import java.io.IOException;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/**
 * One modality's events of a topic that others read too, each with its own source. A record whose payload of this
 * modality is missing, null or empty has no event of it. Records that cannot be decoded, or have no payload of any of
 * the modalities, fail for the first of them alone, so that each is one dead letter. For one thread.
 */
final class SharedTopicEvents implements EventFormat {

    private final Modality modality;
    private final List<Modality> readers;
    private final RecordTree trees;
    private final MappedEvents events;
    private final FieldMisses misses;
    private final FieldValues values = new FieldValues();

    /** @param readers of the topic, the modality among them, all with the same format */
    SharedTopicEvents(
            Modality modality, List<Modality> readers, RecordTree trees, MappedEvents events, FieldMisses misses) {
        this.misses = misses;
        this.modality = modality;
        this.readers = readers;
        this.trees = trees;
        this.events = events;
    }

    private boolean isFirst() {
        return readers.get(0).name().equals(modality.name());
    }

    @Override
    public InputEvent read(Coordinates record)
            throws IOException, WireFormatException, UnmappedRecordException, AbsentEventException {
        JsonNode tree;
        try {
            tree = trees.read(record);
        } catch (UnknownSchemaException e) {
            // The readers look it up at different times, so each answers for its own event.
            throw e;
        } catch (WireFormatException | RuntimeException | StackOverflowError e) {
            if (isFirst()) {
                throw e;
            }
            throw new AbsentEventException(OptionalLong.empty());
        }
        boolean present = hasPayload(modality, record, tree);
        misses.looked("payload", present);
        if (present) {
            return events.read(record, tree);
        }
        if (isFirst() && !anyPayload(record, tree)) {
            throw new UnmappedRecordException(
                    FailureCode.INVALID_EVENT,
                    SharedTopics.NO_PAYLOAD + " that reads the topic: "
                            + readers.stream()
                                    .map(reader -> reader.name() + " (" + payload(reader) + ")")
                                    .collect(Collectors.joining(", "))
                            + " match nothing or an empty value; check event.payload");
        }
        throw new AbsentEventException(time(record, tree));
    }

    @Override
    public EventMapping mapping() {
        return events.mapping();
    }

    private static Field payload(Modality reader) {
        return reader.events().payload().from();
    }

    /** @throws UnmappedRecordException where there are several */
    private boolean hasPayload(Modality reader, Coordinates record, JsonNode tree) throws UnmappedRecordException {
        JsonNode value = values.find("payload", payload(reader), record, tree);
        if (value == null) {
            return false;
        }
        if (value instanceof BinaryNode binary) {
            return binary.binaryValue().length > 0;
        }
        return value.isContainerNode()
                ? !value.isEmpty()
                : !value.isTextual() || !value.textValue().isEmpty();
    }

    private boolean anyPayload(Coordinates record, JsonNode tree) {
        for (Modality reader : readers) {
            try {
                if (hasPayload(reader, record, tree)) {
                    return true;
                }
            } catch (UnmappedRecordException e) {
                // That modality's own failure, which its reader reports.
                return true;
            }
        }
        return false;
    }

    private OptionalLong time(Coordinates record, JsonNode tree) {
        try {
            return OptionalLong.of(events.time(record, tree));
        } catch (UnmappedRecordException e) {
            return OptionalLong.empty();
        }
    }
}
