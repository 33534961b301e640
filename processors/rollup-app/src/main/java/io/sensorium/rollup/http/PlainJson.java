package io.sensorium.rollup.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.javalin.json.JsonMapper;
import java.lang.reflect.Type;

/** Answers as JSON, by Jackson. */
final class PlainJson implements JsonMapper {

    private final ObjectMapper json = new ObjectMapper();

    @Override
    public String toJsonString(Object value, Type type) {
        try {
            return value instanceof String text ? text : json.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not to be written as JSON: " + value.getClass(), e);
        }
    }
}
