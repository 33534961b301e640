// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest.format;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BinaryNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sensorium.job.records.Coordinates;
import io.sensorium.schemas.WireFormatException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/**
 * CloudEvents 1.0 by their Kafka binding, as the objects of their JSON format whichever mode they are in: the context
 * attributes by name, and {@code data}. Data are JSON where their content type says so, bytes where they come as
 * {@code data_base64} or, in binary mode, with any other content type. {@code time} is a POJO node with an
 * {@link Instant} or an {@link InvalidTime}.
 */
final class CloudEventTree implements RecordTree {

    private static final String PREFIX = "ce_";
    private static final String STRUCTURED = "application/cloudevents";
    private static final List<String> REQUIRED = List.of("specversion", "id", "source", "type");

    @Override
    public JsonNode read(Coordinates record) throws WireFormatException {
        String contentType = text(record, "content-type");
        ObjectNode event = contentType != null && mediaType(contentType).startsWith(STRUCTURED)
                ? structured(record, mediaType(contentType))
                : binary(record, contentType);
        for (String name : REQUIRED) {
            if (event.path(name).asText().isEmpty() || !event.path(name).isTextual()) {
                throw new WireFormatException(
                        "not a CloudEvent: its attribute " + name + " is missing, empty or not a text");
            }
        }
        if (!event.path("specversion").textValue().startsWith("1.")) {
            throw new WireFormatException("not a CloudEvent of version 1: its specversion is "
                    + event.path("specversion").textValue());
        }
        JsonNode time = event.path("time");
        if (!time.isMissingNode() && !time.isNull()) {
            event.putPOJO("time", time(time));
        }
        return event;
    }

    /** An {@link Instant}, or why there is none, which only matters where it is mapped. */
    private static Object time(JsonNode time) {
        try {
            return time.isTextual()
                    ? Instant.from(DateTimeFormatter.ISO_OFFSET_DATE_TIME.parse(time.textValue()))
                    : new InvalidTime(time);
        } catch (DateTimeException e) {
            return new InvalidTime(time);
        }
    }

    private static ObjectNode structured(Coordinates record, String mediaType) throws WireFormatException {
        if (!mediaType.equals(STRUCTURED + "+json")) {
            throw new WireFormatException("content-type is " + mediaType + ", but structured mode supports only "
                    + STRUCTURED + "+json; produce JSON, or use binary mode");
        }
        if (!(JsonTree.read(record.value(), 0) instanceof ObjectNode event)) {
            throw new WireFormatException("not a CloudEvent: the value is JSON, but not an object");
        }
        JsonNode base64 = event.remove("data_base64");
        if (base64 == null || base64.isNull()) {
            return event;
        }
        if (event.has("data")) {
            throw new WireFormatException("not a CloudEvent: it has both data and data_base64");
        }
        try {
            event.set("data", BinaryNode.valueOf(base64.binaryValue()));
        } catch (IOException e) {
            throw new WireFormatException("not a CloudEvent: data_base64 is not base64; correct the producer", e);
        }
        if (event.path("data").isNull()) {
            throw new WireFormatException("not a CloudEvent: data_base64 is not a text");
        }
        return event;
    }

    private static ObjectNode binary(Coordinates record, String contentType) throws WireFormatException {
        ObjectNode event = JsonNodeFactory.instance.objectNode();
        for (String header : record.headers().keySet()) {
            if (header.startsWith(PREFIX)) {
                event.put(header.substring(PREFIX.length()), text(record, header));
            }
        }
        if (event.isEmpty()) {
            throw new WireFormatException("not a CloudEvent: expected headers such as ce_specversion (binary mode), or "
                    + "content-type " + STRUCTURED + "+json (structured mode)");
        }
        if (contentType != null) {
            event.put("datacontenttype", contentType);
        }
        if (record.value() != null) {
            event.set(
                    "data",
                    contentType != null && isJson(mediaType(contentType))
                            ? JsonTree.read(record.value(), 0)
                            : BinaryNode.valueOf(record.value()));
        }
        return event;
    }

    private static boolean isJson(String mediaType) {
        return mediaType.endsWith("/json") || mediaType.endsWith("+json");
    }

    /** Without parameters such as the character set. */
    private static String mediaType(String contentType) {
        int end = contentType.indexOf(';');
        return (end < 0 ? contentType : contentType.substring(0, end)).strip().toLowerCase(Locale.ROOT);
    }

    private static String text(Coordinates record, String header) throws WireFormatException {
        byte[] text = record.headers().get(header);
        if (text == null) {
            return null;
        }
        if (Utf8.firstInvalid(text, 0) >= 0) {
            throw new WireFormatException("the header " + header
                    + " is not UTF-8, as CloudEvents have their attributes in Kafka; correct the producer");
        }
        return new String(text, StandardCharsets.UTF_8);
    }
}
