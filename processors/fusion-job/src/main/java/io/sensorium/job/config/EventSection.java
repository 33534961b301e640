// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.config;

import com.jayway.jsonpath.InvalidPathException;
import com.jayway.jsonpath.JsonPath;
import io.sensorium.job.config.EventMapping.Constant;
import io.sensorium.job.config.EventMapping.Encoding;
import io.sensorium.job.config.EventMapping.Field;
import io.sensorium.job.config.EventMapping.FirstOf;
import io.sensorium.job.config.EventMapping.Format;
import io.sensorium.job.config.EventMapping.Header;
import io.sensorium.job.config.EventMapping.Path;
import io.sensorium.job.config.EventMapping.Payload;
import io.sensorium.job.config.EventMapping.Property;
import io.sensorium.job.config.EventMapping.SourceAndId;
import io.sensorium.job.config.EventMapping.Time;
import io.sensorium.job.config.EventMapping.TimeUnit;
import io.sensorium.pipeline.ConfigNode;
import io.sensorium.pipeline.Suggestions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Reads a modality's {@code format} and {@code event}. */
final class EventSection {

    private static final String SOURCES =
            "a path such as $.post.id, key, value, header.NAME, topic, partition, offset, timestamp or coordinates";
    private static final String HEADER = "header.";

    /** Names with dots between them, which lack only what a path begins with. */
    private static final Pattern NAMES = Pattern.compile("[A-Za-z_][\\w-]*(\\.[A-Za-z_][\\w-]*)*");

    private static final Map<String, Property> PROPERTIES = new LinkedHashMap<>();

    static {
        for (Property property : Property.values()) {
            PROPERTIES.put(property.toString(), property);
        }
    }

    private EventSection() {}

    /** The mapping; null where the topic has this project's own events. */
    static EventMapping read(ConfigNode modality) {
        Format format = modality.hyphenatedChoice("format", Format.class, Format.AVRO);
        boolean mapped = modality.has("event") || format != Format.AVRO;
        ConfigNode node = modality.child("event");
        EventMapping mapping = new EventMapping(
                format,
                source(node, "event_id", Property.COORDINATES),
                source(node, "subject_id", Property.KEY),
                time(node),
                payload(node, format, mapped),
                node.has("content_type") ? constantOr(node, "content_type") : null,
                attributes(node));
        node.refuseUnknown();
        return format == Format.CLOUDEVENTS ? cloudEvent(node, mapping) : mapped ? mapping : null;
    }

    /** The attributes of CloudEvents in place of what the file does not map. */
    private static EventMapping cloudEvent(ConfigNode event, EventMapping mapping) {
        Path data = new Path("$.data");
        return new EventMapping(
                mapping.format(),
                event.has("event_id") ? mapping.eventId() : new SourceAndId(),
                event.has("subject_id") ? mapping.subjectId() : firstOf(new Path("$.subject"), Property.KEY),
                event.has("event_time")
                        ? mapping.eventTime()
                        : new Time(firstOf(new Path("$.time"), Property.TIMESTAMP), TimeUnit.EPOCH_MILLIS),
                mapping.payload(),
                mapping.contentType() == null && mapping.payload().from().equals(data)
                        ? new Path("$.datacontenttype")
                        : mapping.contentType(),
                mapping.attributes());
    }

    private static FirstOf firstOf(Field first, Field second) {
        return new FirstOf(new ArrayList<>(List.of(first, second)));
    }

    private static Time time(ConfigNode event) {
        if (event.isValue("event_time")) {
            return new Time(source(event, "event_time", Property.TIMESTAMP), TimeUnit.EPOCH_MILLIS);
        }
        ConfigNode node = event.child("event_time");
        Time time = new Time(
                source(node, "from", Property.TIMESTAMP),
                node.hyphenatedChoice("as", TimeUnit.class, TimeUnit.EPOCH_MILLIS));
        node.refuseUnknown();
        return time;
    }

    private static Payload payload(ConfigNode event, Format format, boolean mapped) {
        Field whole = switch (format) {
            case BYTES -> Property.VALUE;
            case CLOUDEVENTS -> new Path("$.data");
            default -> null;
        };
        if (event.isValue("payload")) {
            return new Payload(payloadSource(event, "payload", whole, mapped), null, null);
        }
        ConfigNode node = event.child("payload");
        Payload payload = new Payload(
                payloadSource(node, "from", whole, mapped),
                node.hyphenatedChoice("as", Encoding.class, null),
                node.has("model") ? constantOr(node, "model") : null);
        if (payload.as() == Encoding.BYTES
                && payload.from() instanceof Path
                && (format == Format.JSON || format == Format.JSON_SCHEMA)) {
            node.problem("as", "is bytes, which JSON does not have; set base64 or data-url");
        }
        if (payload.model() != null && payload.as() != Encoding.EMBEDDING) {
            node.problem("model", "applies only to embeddings; set as: embedding, or remove model");
        }
        node.refuseUnknown();
        return payload;
    }

    private static Field payloadSource(ConfigNode node, String key, Field fallback, boolean required) {
        if (fallback == null && !node.has(key)) {
            if (!required) {
                // Read, so that the key is listed.
                node.text(key, "");
                return Property.VALUE;
            }
            node.required(key, "name where a record has its media, such as $.image");
            return Property.VALUE;
        }
        return source(node, key, fallback);
    }

    private static Map<String, Field> attributes(ConfigNode event) {
        Map<String, Field> attributes = new LinkedHashMap<>();
        event.properties("attributes")
                .forEach((name, text) -> attributes.put(name, field(event, "attributes." + name, text, true)));
        return attributes;
    }

    private static Field source(ConfigNode node, String key, Field fallback) {
        String text = node.text(key, fallback == null ? "" : fallback.toString());
        return text.equals(String.valueOf(fallback)) ? fallback : field(node, key, text, false);
    }

    private static Field constantOr(ConfigNode node, String key) {
        return field(node, key, node.text(key, ""), true);
    }

    private static Field field(ConfigNode node, String key, String text, boolean constant) {
        if (text.startsWith("$")) {
            try {
                JsonPath.compile(text);
            } catch (InvalidPathException e) {
                node.problem(key, notAPath(text));
                return new Path(text);
            }
            if (isCutOff(text)) {
                node.problem(key, notAPath(text));
            }
            return new Path(text);
        }
        if (text.startsWith(HEADER) && text.length() > HEADER.length()) {
            return new Header(text.substring(HEADER.length()));
        }
        Property property = PROPERTIES.get(text);
        if (property != null) {
            return property;
        }
        if (!constant) {
            String near = Suggestions.suggestion(text, PROPERTIES.keySet());
            if (!near.startsWith("; did you mean") && NAMES.matcher(text).matches()) {
                near = "; did you mean \"$." + text + "\"?";
            }
            node.problem(
                    key, "is \"" + text + "\", expected " + SOURCES + (near.startsWith("; did you mean") ? near : ""));
        }
        return new Constant(text);
    }

    private static String notAPath(String text) {
        return "is \"" + text + "\", which is not a JSONPath; expected one such as $.post.id, $.images[0] or $['a b']";
    }

    /** Jayway's compiler takes a path that ends within brackets. */
    private static boolean isCutOff(String path) {
        int depth = 0;
        char quote = 0;
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            if (quote != 0) {
                if (c == '\\') {
                    i++;
                } else if (c == quote) {
                    quote = 0;
                }
            } else if (depth > 0 && (c == '\'' || c == '"')) {
                quote = c;
            } else if (c == '[' || c == '(') {
                depth++;
            } else if (c == ']' || c == ')') {
                depth--;
            }
        }
        return depth != 0 || quote != 0;
    }
}
