// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.operator.OperatorPlugins;
import io.sensorium.pipeline.ConfigNode;
import io.sensorium.pipeline.Quantities;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * {@code docs/configuration.md} is made of what the code asks the file for, its kinds and defaults, and of one sentence
 * a key. A key without a sentence, or a page that is not what would be made now, fails;
 * {@code -Dsensorium.write-reference=true} writes the page.
 */
class ConfigurationReferenceTest {

    /** Files that together reach every key. */
    private static final List<String> FILES = List.of("tumbling", "sliding", "session", "nearest").stream()
            .map(strategy -> """
            modalities: {NAME: {encoder: e, embedding: {}, event: {%s, content_type: a}, derive: {DERIVED: {}}}, OTHER: {encoder: e}}
            align: {strategy: %s, anchor: NAME}
            operators:
            %s
            moderation: {rules: {RULE: {when: a.b > 1, action: hide}}, terms: {LIST: {}}, toxicity: {heads: [h]}}
            bank: {}
            rollup: {windows: {WINDOW: {}}}
            runtime: {queue_records: 128}
            """.formatted(
                            strategy.equals("tumbling")
                                    ? "event_time: timestamp, payload: value"
                                    : "payload: {from: value, as: embedding, model: e}",
                            strategy,
                            operators()))
            .toList();

    /** A section of every type. Missing and unknown keys are problems; all keys of the type are read. */
    private static String operators() {
        return OperatorPlugins.types().stream()
                .map(type -> "  " + name(type) + ": {type: " + type + ", output: " + type + ", context: {}}")
                .collect(Collectors.joining("\n"));
    }

    private static String name(String type) {
        return type.toUpperCase(Locale.ROOT);
    }

    /** From beside the code that reads the keys. */
    private static Properties sentences() throws Exception {
        Properties sentences = new Properties();
        load(sentences, "", PipelineFile.class);
        load(sentences, "", ConfigNode.class);
        for (String type : OperatorPlugins.types()) {
            load(
                    sentences,
                    "operators." + name(type) + ".",
                    OperatorPlugins.find(type).orElseThrow().getClass());
        }
        return sentences;
    }

    private static void load(Properties all, String prefix, Class<?> beside) throws Exception {
        try (InputStream in = beside.getResourceAsStream("keys.properties")) {
            assertThat(in).as("keys.properties beside " + beside.getName()).isNotNull();
            Properties own = new Properties();
            own.load(new InputStreamReader(in, StandardCharsets.UTF_8));
            own.forEach((key, sentence) -> all.put(prefix + key, sentence));
        }
    }

    /** When a required key is, unless always. */
    private static final Map<String, String> REQUIRED_ONLY =
            Map.of("align.anchor", " by `nearest`", "modalities.NAME.encoder", " without `embedding`");

    private record Key(String expected, String fallback) {}

    private static Map<String, Key> keys() throws Exception {
        Map<String, Key> keys = new LinkedHashMap<>();
        for (String file : FILES) {
            try {
                PipelineFile.parse("reference", file, (path, expected, fallback) -> {
                    if (!path.startsWith("modalities.OTHER")) {
                        keys.putIfAbsent(path, new Key(expected, shown(path, expected, fallback)));
                    }
                });
            } catch (io.sensorium.pipeline.ConfigurationException e) {
                // Of the operators' sections; the keys were read before.
            }
        }
        return keys;
    }

    private static String shown(String path, String expected, Object fallback) {
        if (path.equals("runtime.workers")) {
            return "the processors";
        }
        if (fallback == null
                || fallback instanceof Collection<?> all && all.isEmpty()
                || fallback instanceof Map<?, ?> map && map.isEmpty()) {
            return "";
        }
        if (fallback instanceof Duration duration) {
            return Quantities.text(duration);
        }
        if (fallback instanceof Long bytes && expected.startsWith("a size")) {
            return bytes % (1 << 20) == 0
                    ? (bytes >> 20) + "MiB"
                    : bytes % (1 << 10) == 0 ? (bytes >> 10) + "KiB" : bytes + "B";
        }
        // Both have the pipeline's name in them.
        return path.endsWith("state_dir")
                ? fallback.toString().replace("./state/sensorium", "./state/<pipeline>")
                : fallback.toString();
    }

    @Test
    void thePageIsWhatTheCodeAsksFor() throws Exception {
        Properties sentences = sentences();
        Map<String, Key> keys = keys();
        assertThat(new TreeSet<>(keys.keySet()))
                .as("a sentence for every key, and a key for every sentence")
                .isEqualTo(new TreeSet<>(sentences.stringPropertyNames()));
        StringBuilder page =
                new StringBuilder("# Configuration\n\nEvery key of a pipeline file, made from the code by a test "
                        + "(`ConfigurationReferenceTest`). Durations are `250ms`, `10s`, `5m`, `1h`, `1d`, sizes `900KiB`, `8MiB`. "
                        + "Names in capitals are yours.\nUnknown keys are errors, with the nearest known one; "
                        + "`./sensorium validate` reports every problem at once.\n");
        Map<String, StringBuilder> sections = new LinkedHashMap<>();
        keys.forEach((path, key) -> {
            String section = path.contains(".") ? path.substring(0, path.indexOf('.')) : "The file itself";
            sections.computeIfAbsent(
                            section,
                            name -> new StringBuilder(
                                    "\n## " + name + "\n\n| key | value | default | |\n|---|---|---|---|\n"))
                    .append("| `")
                    .append(path)
                    .append("` | ")
                    .append(key.expected().replace("|", "\\|"))
                    .append(REQUIRED_ONLY.getOrDefault(path, ""))
                    .append(" | ")
                    .append(key.fallback().isEmpty() ? "" : "`" + key.fallback() + "`")
                    .append(" | ")
                    .append(sentences.getProperty(path))
                    .append(" |\n");
        });
        sections.values().forEach(page::append);
        Path file = Path.of(System.getProperty("sensorium.root", "../..")).resolve("docs/configuration.md");
        if (Boolean.getBoolean("sensorium.write-reference")) {
            Files.writeString(file, page);
        }
        assertThat(Files.exists(file) ? Files.readString(file) : "")
                .as("docs/configuration.md; mvn -pl processors/fusion-job -am test "
                        + "-Dtest=ConfigurationReferenceTest -Dsurefire.failIfNoSpecifiedTests=false "
                        + "-Dsensorium.write-reference=true writes it")
                .isEqualTo(page.toString());
    }
}
