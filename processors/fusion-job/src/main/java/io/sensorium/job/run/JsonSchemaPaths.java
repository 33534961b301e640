// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.run;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import io.sensorium.pipeline.Suggestions;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Whether JSONPaths match something in values of a JSON Schema, of draft 4 to 2020-12. Of schemas that are combined
 * (allOf, anyOf, oneOf, if) the properties of all count. Paths with filters or wildcards, and what lies behind a
 * reference to another document, are not judged.
 */
final class JsonSchemaPaths {

    private final JsonNode root;

    JsonSchemaPaths(JsonNode root) {
        this.root = root;
    }

    /**
     * Why a path matches nothing.
     *
     * @param certain whether no valid value has what the path names; else the schema only does not name it
     */
    record Finding(String message, boolean certain) {}

    /** What a path would reach in values of a schema; empty where it may match. */
    Optional<Finding> problem(String path) {
        Matcher step = SchemaPaths.STEP.matcher(path);
        int at = 1;
        List<JsonNode> reached = List.of(root);
        while (at < path.length()) {
            if (!step.find(at) || step.start() != at) {
                return Optional.empty();
            }
            Branches branches = new Branches();
            reached.forEach(branches::add);
            String name = step.group(1) == null ? step.group(2) : step.group(1);
            List<JsonNode> next = name == null ? branches.items(place(step.group(3))) : branches.properties(name);
            if (next.isEmpty()) {
                return name == null
                        ? branches.noList(path.substring(0, at))
                        : branches.noField(path.substring(0, at), name);
            }
            reached = next;
            at = step.end();
        }
        return Optional.empty();
    }

    /** The largest stands for those beyond it, as no schema lists so many items. */
    private static int place(String digits) {
        try {
            return Integer.parseInt(digits);
        } catch (NumberFormatException e) {
            return Integer.MAX_VALUE;
        }
    }

    /** The schemas that a value may be of, combinations and references taken apart. */
    private final class Branches {

        private final List<JsonNode> parts = new ArrayList<>();
        private final Set<JsonNode> seen = new HashSet<>();

        /** Whether one of them is in another document, or anything at all. */
        private boolean unknown;

        void add(JsonNode schema) {
            if (schema.isBoolean()) {
                unknown |= schema.booleanValue();
                return;
            }
            if (!seen.add(schema)) {
                return;
            }
            if (schema.isEmpty()) {
                unknown = true;
            }
            parts.add(schema);
            for (String key : List.of("allOf", "anyOf", "oneOf")) {
                schema.path(key).forEach(this::add);
            }
            for (String key : List.of("then", "else")) {
                if (schema.has(key)) {
                    add(schema.get(key));
                }
            }
            for (String key : List.of("$ref", "$dynamicRef")) {
                if (schema.path(key).isTextual()) {
                    refer(schema.path(key).textValue());
                }
            }
        }

        private void refer(String reference) {
            try {
                JsonNode target = reference.startsWith("#")
                        ? root.at(JsonPointer.compile(
                                URLDecoder.decode(reference.substring(1).replace("+", "%2B"), StandardCharsets.UTF_8)))
                        : null;
                if (target != null && !target.isMissingNode()) {
                    add(target);
                    return;
                }
            } catch (IllegalArgumentException e) {
                // An anchor, which is no pointer.
            }
            unknown = true;
        }

        private boolean mayBe(JsonNode part, String type) {
            JsonNode types = part.path("type");
            if (types.isMissingNode()) {
                return true;
            }
            for (JsonNode each : types.isArray() ? types : List.of(types)) {
                if (each.asText().equals(type)) {
                    return true;
                }
            }
            return false;
        }

        List<JsonNode> properties(String name) {
            List<JsonNode> next = new ArrayList<>();
            for (JsonNode part : parts) {
                if (!mayBe(part, "object")) {
                    continue;
                }
                boolean named = part.path("properties").has(name);
                if (named) {
                    next.add(part.path("properties").get(name));
                }
                boolean patterned = false;
                for (var pattern : part.path("patternProperties").properties()) {
                    if (matches(pattern.getKey(), name)) {
                        patterned = true;
                        next.add(pattern.getValue());
                    }
                }
                JsonNode further = part.path("additionalProperties");
                if (!named && !patterned && (further.isObject() || further.asBoolean())) {
                    next.add(further);
                }
            }
            return next;
        }

        private boolean matches(String pattern, String name) {
            try {
                return Pattern.compile(pattern).matcher(name).find();
            } catch (PatternSyntaxException e) {
                // Of a dialect that Java does not have.
                unknown = true;
                return false;
            }
        }

        List<JsonNode> items(int place) {
            List<JsonNode> next = new ArrayList<>();
            for (JsonNode part : parts) {
                if (!mayBe(part, "array")) {
                    continue;
                }
                boolean listed = part.has("prefixItems");
                JsonNode first = listed ? part.path("prefixItems") : part.path("items");
                JsonNode rest = listed ? part.path("items") : first.isArray() ? part.path("additionalItems") : first;
                if (first.isArray() && place < first.size()) {
                    next.add(first.get(place));
                } else if (rest.isObject() || rest.asBoolean()) {
                    next.add(rest);
                } else if (rest.isMissingNode() && (part.has("type") || first.isArray())) {
                    next.add(BooleanNode.TRUE);
                }
            }
            return next;
        }

        Optional<Finding> noList(String parent) {
            boolean other = parts.stream().anyMatch(part -> !mayBe(part, "array") || describesObject(part));
            return unknown || !other ? Optional.empty() : Optional.of(new Finding(parent + " is no list", true));
        }

        private boolean describesObject(JsonNode part) {
            return part.has("properties") || part.has("patternProperties");
        }

        Optional<Finding> noField(String parent, String name) {
            if (unknown) {
                return Optional.empty();
            }
            Set<String> names = new LinkedHashSet<>();
            boolean open = false;
            boolean object = false;
            for (JsonNode part : parts) {
                part.path("properties").fieldNames().forEachRemaining(names::add);
                if (describesObject(part)) {
                    open |= !isFalse(part.path("additionalProperties")) && !isFalse(part.path("unevaluatedProperties"));
                } else {
                    object |= part.has("type") && mayBe(part, "object");
                }
            }
            if (!names.isEmpty()) {
                return Optional.of(new Finding(
                        parent + " has no field \"" + name + "\"" + Suggestions.suggestion(name, names),
                        !open && !object));
            }
            boolean typed = parts.stream().anyMatch(part -> part.has("type"));
            return object || !typed ? Optional.empty() : Optional.of(new Finding(parent + " has no fields", true));
        }

        private boolean isFalse(JsonNode keyword) {
            return keyword.isBoolean() && !keyword.booleanValue();
        }
    }
}
