// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.run;

import io.sensorium.pipeline.Suggestions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.avro.Schema;
import org.apache.avro.Schema.Field;
import org.apache.avro.Schema.Type;

/** Whether JSONPaths match something in values of a schema. Paths with filters or wildcards are not judged. */
final class SchemaPaths {

    /** A field by name, or a place in a list. */
    static final Pattern STEP = Pattern.compile("\\.([A-Za-z_][A-Za-z0-9_-]*)|\\['([^']+)'\\]|\\[([0-9]+)\\]");

    private SchemaPaths() {}

    /**
     * Takes one step of a path.
     *
     * @param <T> schema of a value
     */
    interface Step<T> {
        /**
         * @param name of a field; null for a place in a list
         * @param next gets the schemas that the step leads to
         * @param names gets those of the fields there are
         */
        void take(T schema, String name, List<T> next, List<String> names);
    }

    /** Why a path matches nothing in values of an Avro schema; empty where it may match. */
    static Optional<String> problem(String path, Schema schema) {
        return problem(path, schema, (each, name, next, names) -> {
            for (Schema branch : branches(each)) {
                step(branch, name, next, names);
            }
        });
    }

    /** Why a path matches nothing in values of a schema; empty where it may match. */
    static <T> Optional<String> problem(String path, T schema, Step<T> steps) {
        Matcher step = STEP.matcher(path);
        int at = 1;
        List<T> reached = List.of(schema);
        while (at < path.length()) {
            if (!step.find(at) || step.start() != at) {
                return Optional.empty();
            }
            String name = step.group(1) == null ? step.group(2) : step.group(1);
            List<T> next = new ArrayList<>();
            List<String> names = new ArrayList<>();
            for (T each : reached) {
                steps.take(each, name, next, names);
            }
            if (next.isEmpty()) {
                String parent = path.substring(0, at);
                return Optional.of(
                        name == null
                                ? parent + " is no list"
                                : names.isEmpty()
                                        ? parent + " has no fields"
                                        : parent + " has no field \"" + name + "\""
                                                + Suggestions.suggestion(name, names));
            }
            reached = next;
            at = step.end();
        }
        return Optional.empty();
    }

    private static List<Schema> branches(Schema schema) {
        return schema.isUnion() ? schema.getTypes() : List.of(schema);
    }

    private static void step(Schema schema, String name, List<Schema> next, List<String> names) {
        if (name == null) {
            if (schema.getType() == Type.ARRAY) {
                next.add(schema.getElementType());
            }
        } else if (schema.getType() == Type.MAP) {
            next.add(schema.getValueType());
        } else if (schema.getType() == Type.RECORD) {
            Field field = schema.getField(name);
            if (field != null) {
                next.add(field.schema());
            }
            schema.getFields().forEach(each -> names.add(each.name()));
        }
    }
}
