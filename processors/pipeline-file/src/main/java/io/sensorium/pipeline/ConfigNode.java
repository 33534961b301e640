// SPDX-License-Identifier: Apache-2.0
package io.sensorium.pipeline;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * A mapping of the file while it is read: remembers which keys were read and collects problems instead of throwing. For
 * one thread.
 */
public final class ConfigNode {

    private static final String DURATION = "a duration such as 250ms, 10s, 5m, 1h or 1d";
    private static final Pattern TOPIC = Pattern.compile("[a-zA-Z0-9._-]{1,249}");

    /**
     * Notified of every key that is read, whether the file has it or not: all keys and their defaults can then be
     * listed from the code alone.
     */
    public interface Listener {
        /**
         * @param path of the key
         * @param expected kind of its value
         * @param fallback its default; null for none
         */
        void read(String path, String expected, Object fallback);
    }

    private final Listener listener;
    private final String path;
    private final JsonNode node;
    private final Path folder;
    private final List<String> problems;
    private final Set<String> known = new LinkedHashSet<>();

    /**
     * Parses a file's text.
     *
     * @param name path of the file, for messages and for paths in it
     * @param problems to which everything that is wrong is added
     * @throws ConfigurationException when it is no YAML
     */
    public static ConfigNode parse(String name, String text, List<String> problems) throws ConfigurationException {
        return parse(name, text, problems, (path, expected, fallback) -> {});
    }

    /** {@link #parse(String, String, List)} before a listener. */
    public static ConfigNode parse(String name, String text, List<String> problems, Listener listener)
            throws ConfigurationException {
        Path folder = Path.of(name).toAbsolutePath().getParent();
        return new ConfigNode("", YamlText.parse(name, text, problems), folder, problems, listener);
    }

    private ConfigNode(String path, JsonNode node, Path folder, List<String> problems, Listener listener) {
        this.listener = listener;
        this.folder = folder;
        this.path = path;
        this.problems = problems;
        boolean usable = node.isObject() || node.isMissingNode() || node.isNull();
        if (!usable) {
            problems.add((path.isEmpty() ? "the file" : path) + " is "
                    + (node.isArray() ? "a list" : "\"" + node.asText() + "\"") + ", expected a mapping of keys");
        }
        this.node = node.isObject() ? node : MissingNode.getInstance();
    }

    /** A key with the keys above it, joined by dots. */
    public String path(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    /**
     * A path in the file, absolute: relative to the file's folder, or to the working directory where only that one has
     * it.
     *
     * @throws InvalidPathException when it is no path
     */
    public Path resolve(String relative) {
        Path byFile = folder.resolve(relative).normalize();
        Path byWorkingDirectory = Path.of(relative).toAbsolutePath().normalize();
        return Files.exists(byFile) || !Files.exists(byWorkingDirectory) ? byFile : byWorkingDirectory;
    }

    /** Reports what is wrong with a key. */
    public void problem(String key, String message) {
        problems.add(path(key) + ": " + message);
    }

    /** Whether a key is there and not null. */
    public boolean has(String key) {
        known.add(key);
        return node.hasNonNull(key);
    }

    /** Whether a key has one value, rather than a mapping, a list or nothing. */
    public boolean isValue(String key) {
        return has(key) && node.path(key).isValueNode();
    }

    /** A mapping within this one; empty where there is none. */
    public ConfigNode child(String key) {
        known.add(key);
        return new ConfigNode(path(key), node.path(key), folder, problems, listener);
    }

    /** The mapping's own keys, each as a mapping; for keys that the user names. */
    public Map<String, ConfigNode> children() {
        Map<String, ConfigNode> children = new LinkedHashMap<>();
        node.fieldNames().forEachRemaining(key -> children.put(key, child(key)));
        return children;
    }

    /** The mapping's own keys; for keys that the user names, whose values may be of several kinds. */
    public List<String> keys() {
        List<String> keys = new ArrayList<>();
        node.fieldNames().forEachRemaining(keys::add);
        return keys;
    }

    /** One value as text. */
    public String text(String key, String fallback) {
        listener.read(path(key), "text", fallback);
        return raw(key, fallback);
    }

    /** The name of a Kafka topic. */
    public String topic(String key, String fallback) {
        String topic = text(key, fallback);
        if (!TOPIC.matcher(topic).matches() || topic.equals(".") || topic.equals("..")) {
            problem(
                    key,
                    "is \"" + topic
                            + "\", expected the name of a topic: up to 249 letters, digits, dots, underscores and hyphens");
            return fallback;
        }
        return topic;
    }

    private String one(String key, JsonNode value) {
        if (!value.isValueNode()) {
            problem(key, "expected one value, got " + value);
        }
        return value.asText();
    }

    private String raw(String key, String fallback) {
        known.add(key);
        JsonNode value = node.path(key);
        if (value.isMissingNode() || value.isNull()) {
            return fallback;
        }
        if (!value.isValueNode()) {
            problem(key, "expected one value, got " + value);
            return fallback;
        }
        return value.asText();
    }

    /**
     * One value that must be there; empty, and a problem, where it is not.
     *
     * @param example of a valid value
     */
    public String required(String key, String example) {
        listener.read(path(key), "text, required", null);
        String value = raw(key, null);
        if (value == null || value.isBlank()) {
            problem(key, "is missing; " + example);
            return "";
        }
        return value;
    }

    /**
     * One value, parsed; the fallback, and a problem, where the parser throws {@link IllegalArgumentException} or
     * {@link DateTimeParseException}.
     */
    public <T> T parsed(String key, T fallback, String expected, Function<String, T> parser) {
        listener.read(path(key), expected, fallback);
        String value = raw(key, null);
        if (value == null) {
            return fallback;
        }
        try {
            return parser.apply(value);
        } catch (IllegalArgumentException | DateTimeParseException e) {
            problem(
                    key,
                    "is \"" + value + "\", expected " + expected
                            + (e instanceof Quantities.OutOfRangeException ? ", " + e.getMessage() : ""));
            return fallback;
        }
    }

    /** True or false. */
    public boolean flag(String key, boolean fallback) {
        return parsed(key, fallback, "true or false", value -> switch (value) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException(value);
        });
    }

    /** A whole number within bounds, both included. */
    public int number(String key, int fallback, int least, int most) {
        int value = parsed(key, fallback, "a whole number from " + least + " to " + most, Integer::parseInt);
        if (value < least || value > most) {
            problem(key, "is " + value + ", expected a whole number from " + least + " to " + most);
            return fallback;
        }
        return value;
    }

    /** A duration such as {@code 250ms}, up to {@link Quantities#MAX_DURATION}. */
    public Duration duration(String key, Duration fallback) {
        if (isOff(key)) {
            problem(key, "cannot be off, expected " + DURATION + ", at most " + Quantities.LONGEST);
            return fallback;
        }
        return parsed(key, fallback, DURATION, Quantities::duration);
    }

    /** A duration of at least 1 ms. */
    public Duration positiveDuration(String key, Duration fallback) {
        return positive(key, duration(key, fallback), "a duration of at least 1ms");
    }

    private Duration positive(String key, Duration value, String expected) {
        if (value != null && value.toMillis() <= 0) {
            problem(key, "is zero, expected " + expected);
            return Duration.ofSeconds(1);
        }
        return value;
    }

    /** A size such as {@code 8MiB}, in bytes, up to {@link Quantities#MAX_SIZE}. */
    public long size(String key, long fallback) {
        return parsed(key, fallback, "a size such as 900KiB or 8MiB", Quantities::size);
    }

    /** A time as ISO-8601, or null for off. */
    public Instant instantOrOff(String key, Instant fallback) {
        return isOff(key)
                ? null
                : parsed(key, fallback, "a time such as 1970-01-01T00:00:00.001Z, or off", Instant::parse);
    }

    /** A duration, or null for off. */
    public Duration durationOrOff(String key, Duration fallback) {
        return isOff(key) ? null : duration(key, fallback);
    }

    /** A duration of at least 1 ms, or null for off. */
    public Duration positiveDurationOrOff(String key, Duration fallback) {
        return isOff(key) ? null : positive(key, duration(key, fallback), "a duration of at least 1ms, or off");
    }

    /** Whether a key is off, which YAML 1.1 reads as a flag. */
    public boolean isOff(String key) {
        known.add(key);
        String value = node.path(key).asText();
        return value.equals("off") || value.equals("false");
    }

    /** One of an enum's names, in lower case. */
    public <E extends Enum<E>> E choice(String key, Class<E> type, E fallback) {
        return choice(key, type, fallback, value -> value.name().toLowerCase(Locale.ROOT));
    }

    /**
     * One of an enum's names as {@link #hyphenated} writes them; null where the key is not there and the fallback is.
     */
    public <E extends Enum<E>> E hyphenatedChoice(String key, Class<E> type, E fallback) {
        return choice(key, type, fallback, ConfigNode::hyphenated);
    }

    /** An enum's name in lower case and with hyphens. */
    public static String hyphenated(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private <E extends Enum<E>> E choice(String key, Class<E> type, E fallback, Function<E, String> name) {
        Map<String, E> values = new LinkedHashMap<>();
        for (E value : type.getEnumConstants()) {
            values.put(name.apply(value), value);
        }
        String chosen =
                parsed(key, fallback == null ? null : name.apply(fallback), "one of " + values.keySet(), text -> {
                    String value = text.toLowerCase(Locale.ROOT);
                    if (!values.containsKey(value)) {
                        throw new IllegalArgumentException(text);
                    }
                    return value;
                });
        return values.get(chosen);
    }

    /** A list of texts. */
    public List<String> texts(String key) {
        listener.read(path(key), "a list such as [a, b]", List.of());
        known.add(key);
        List<String> values = new ArrayList<>();
        JsonNode list = node.path(key);
        if (list.isMissingNode() || list.isNull()) {
            return values;
        }
        if (!list.isArray()) {
            problem(key, "is \"" + list.asText() + "\", expected a list such as [a, b]");
            return values;
        }
        list.forEach(item -> values.add(one(key, item)));
        return values;
    }

    /** A list of lists of text. */
    public List<List<String>> textLists(String key) {
        listener.read(path(key), "a list of pairs such as [[a, b]]", null);
        known.add(key);
        List<List<String>> values = new ArrayList<>();
        JsonNode list = node.path(key);
        if (!list.isMissingNode() && !list.isArray()) {
            problem(key, "expected a list of pairs such as [[a, b]]");
        }
        list.forEach(item -> {
            List<String> inner = new ArrayList<>();
            item.forEach(text -> inner.add(one(key, text)));
            values.add(inner);
        });
        return values;
    }

    /** Free keys with text values, such as client properties. */
    public Map<String, String> properties(String key) {
        listener.read(path(key), "a mapping", Map.of());
        known.add(key);
        Map<String, String> values = new LinkedHashMap<>();
        JsonNode map = node.path(key);
        if (!map.isMissingNode() && !map.isNull() && !map.isObject()) {
            problem(key, "expected a mapping of properties");
        }
        map.fields()
                .forEachRemaining(
                        entry -> values.put(entry.getKey(), one(key + "." + entry.getKey(), entry.getValue())));
        return values;
    }

    /** Free keys with one text or a list of them each. */
    public Map<String, List<String>> textsByKey(String key) {
        listener.read(path(key), "a mapping to a name or a list, such as {KEY: a} or {KEY: [a, b]}", Map.of());
        known.add(key);
        Map<String, List<String>> values = new LinkedHashMap<>();
        JsonNode map = node.path(key);
        if (!map.isMissingNode() && !map.isNull() && !map.isObject()) {
            problem(key, "is \"" + map.asText() + "\", expected a mapping such as {KEY: a} or {KEY: [a, b]}");
        }
        map.fields().forEachRemaining(entry -> {
            List<String> texts = new ArrayList<>();
            if (entry.getValue().isArray()) {
                entry.getValue().forEach(item -> texts.add(one(key + "." + entry.getKey(), item)));
            } else if (!entry.getValue().isNull()) {
                texts.add(one(key + "." + entry.getKey(), entry.getValue()));
            }
            values.put(entry.getKey(), texts);
        });
        return values;
    }

    /** Reports every key that was not read, with the nearest one that was. */
    public void refuseUnknown() {
        node.fieldNames().forEachRemaining(key -> {
            if (!known.contains(key)) {
                problem(key, "is not a known key" + Suggestions.suggestion(key, known));
            }
        });
    }
}
