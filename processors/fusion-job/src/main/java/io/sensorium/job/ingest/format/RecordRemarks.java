// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest.format;

import com.fasterxml.jackson.databind.JsonNode;
import io.sensorium.job.config.EventMapping;
import io.sensorium.job.config.EventMapping.Field;
import io.sensorium.job.config.EventMapping.Header;
import io.sensorium.job.config.EventMapping.Path;
import io.sensorium.job.records.Coordinates;
import io.sensorium.schemas.SchemaRegistry;
import io.sensorium.schemas.WireFormatException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What may be wrong with a mapping although a record of its topic is no dead letter: what an event lacks, or why a
 * record has none. For one thread.
 */
public final class RecordRemarks {

    private static final Pattern NAME = Pattern.compile("\\.([A-Za-z_][\\w-]*)");

    private final EventMapping mapping;
    private final RecordTree trees;
    private final FieldValues values = new FieldValues();

    /** @param mapping of a modality; null for this project's own events */
    public RecordRemarks(EventMapping mapping, SchemaRegistry registry) {
        this.mapping = mapping;
        this.trees = mapping == null ? null : EventFormats.tree(mapping.format(), registry);
    }

    /**
     * What an event lacks, and what is doubtful about it.
     *
     * @param time of the event in ms, without the clock offset
     * @param now ms
     */
    public List<String> event(Coordinates record, long time, long now) throws IOException {
        List<String> remarks = new ArrayList<>();
        EventTimes.doubt(time, record.timestamp(), now, mapping == null ? null : mapping.eventTime())
                .ifPresent(remarks::add);
        if (mapping != null) {
            tree(record).ifPresent(tree -> {
                for (Map.Entry<String, Field> attribute : mapping.attributes().entrySet()) {
                    missing("attributes." + attribute.getKey(), attribute.getValue(), record, tree.value())
                            .ifPresent(remarks::add);
                }
                if (mapping.contentType() != null) {
                    missing("content_type", mapping.contentType(), record, tree.value())
                            .ifPresent(remarks::add);
                }
            });
        }
        return remarks;
    }

    /** Why a record has no event of the modality. */
    public String absence(Coordinates record) throws IOException {
        return tree(record)
                .map(tree -> missing("payload", mapping.payload().from(), record, tree.value())
                        .orElse("payload (" + mapping.payload().from() + ") is empty"))
                .orElse("the record cannot be decoded; the first modality of the topic reports why");
    }

    /** The media type that a record states; empty where the mapping has none or the record lacks it. */
    public Optional<String> contentType(Coordinates record) throws IOException {
        if (mapping == null || mapping.contentType() == null) {
            return Optional.empty();
        }
        return tree(record).map(tree -> {
            try {
                JsonNode value = values.find("content_type", mapping.contentType(), record, tree.value());
                return value == null ? null : FieldValues.text("content_type", mapping.contentType(), value);
            } catch (UnmappedRecordException e) {
                return null;
            }
        });
    }

    /** A value as a tree, which is null where the format has no fields. */
    private record Decoded(JsonNode value) {}

    private Optional<Decoded> tree(Coordinates record) throws IOException {
        try {
            return Optional.of(new Decoded(trees.read(record)));
        } catch (WireFormatException | SchemaRegistry.UnknownSchemaException e) {
            return Optional.empty();
        }
    }

    private Optional<String> missing(String key, Field from, Coordinates record, JsonNode tree) {
        try {
            if (values.find(key, from, record, tree) != null) {
                return Optional.empty();
            }
        } catch (UnmappedRecordException e) {
            return Optional.of(e.getMessage());
        }
        if (from instanceof Header) {
            return Optional.of(key + ": " + from + " is not there; names of headers are case-sensitive; the record has "
                    + (record.headers().isEmpty()
                            ? "none"
                            : new TreeSet<>(record.headers().keySet())));
        }
        String why = from instanceof Path path && tree != null ? " " + reached(path.path(), tree) : " matches nothing";
        return Optional.of(key + " (" + from + ")" + why);
    }

    /** How far a path of names alone gets in a record. */
    private static String reached(String path, JsonNode tree) {
        JsonNode at = tree;
        Matcher step = NAME.matcher(path);
        int end = 1;
        while (step.find(end) && step.start() == end) {
            JsonNode next = at.get(step.group(1));
            if (next == null || next.isNull()) {
                String parent = end == 1 ? "the record" : path.substring(0, end);
                return next == null && at.isObject()
                        ? "matches nothing; " + parent + " has " + brief(at)
                        : next == null ? "matches nothing" : "is null";
            }
            at = next;
            end = step.end();
        }
        return "matches nothing";
    }

    /** The names of an object's fields, of which records may have many. */
    private static String brief(JsonNode object) {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        return names.size() <= 20 ? names.toString() : names.subList(0, 20) + " and " + (names.size() - 20) + " more";
    }
}
