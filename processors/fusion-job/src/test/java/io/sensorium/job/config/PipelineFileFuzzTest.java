// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.config;

import static io.sensorium.job.fuzz.FuzzCases.oneOf;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.sensorium.job.fuzz.FuzzCases;
import io.sensorium.pipeline.ConfigurationException;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Pipeline files with wrong types, huge values, unknown and repeated keys, further documents, aliases: each is read,
 * with values that make sense, or refused with its problems.
 */
class PipelineFileFuzzTest {

    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
    private static final String WHOLE = """
            pipeline: p1
            packs: [my-pack]
            kafka: {bootstrap_servers: "k:1", properties: {security.protocol: SASL_SSL}, create_topics: false}
            registry: {url: "http://r", properties: {basic.auth.user.info: "${env:REGISTRY_USER}"}}
            modalities:
              a: {topic: ta, encoder: x, out_of_orderness: 250ms, idle_timeout: 1m, clock_offset: -2s}
              b: {topic: tb, encoder: y@1.0}
            align: {strategy: sliding, size: 10s, slide: 5s, required: [a], min_modalities: 1, max_events: 5, max_bytes: 1MiB,
              valid_time: {earliest: off, max_ahead: 1d}, early: false, allowed_lateness: 0s, max_wait: off}
            operators:
              m: {type: match, pairs: [[a, b]], output: o.m, model: h}
              s: {type: sentiment, fusion: late}
            side_topics: {incomplete: i, late: l, dead_letters: d}
            emit: {attributes: [group]}
            dead_letters: {max_bytes: 10KiB}
            media: {max_bytes: 1MiB, max_pixels: 1000, max_audio: 30s, max_decode: 5s}
            moderation: {rules: {r: {when: "match.a-b.probability < 0.2", action: hide, severity: high}}}
            rollout: {watch: w.yaml, poll: 1s}
            runtime: {parallelism: 4, guarantee: at_least_once, checkpoint_interval: 1s, device: cpu, \
            state_backend: rocksdb, state_dir: /s, start: committed,
              allow_noncommercial: false, max_batch: 8, max_delay: 5ms}
            """;
    private static final String MINIMAL = """
            modalities: {text: {encoder: e}, image: {encoder: f}}
            operators: {sentiment: {type: sentiment}}
            """;
    private static final String[] TEXTS = {
        "",
        " ",
        "off",
        "true",
        "null",
        "~",
        "0",
        "-1",
        "1",
        "NaN",
        "1e309",
        "2147483648",
        "9223372036854775808",
        "200000d",
        "106751991168d",
        "999999999999d",
        "0s",
        "-5s",
        "1.5s",
        "1ms",
        "999999999999GiB",
        "8EiB",
        "0B",
        "8MiB",
        "\u0000",
        "\ud800",
        "é",
        "${env:HOME}",
        "${file:/etc/passwd:x}",
        "*a",
        "a,b",
        "a.b",
        "../..",
        "http://",
        "k:99999999",
        "[a",
        "1970-01-01T00:00:00Z",
        "+1000000000-12-31T23:59:59.999999999Z",
        "tumbling",
        "nearest",
        "session",
        "match",
        "onnx",
        "x".repeat(5_000),
        "a\nb"
    };

    @Test
    void everyFileIsReadOrRefusedWithItsProblems() throws Exception {
        FuzzCases.run("pipeline", 10, (random, described) -> {
            boolean refused = false;
            String text;
            if (random.nextInt(4) > 0) {
                JsonNode tree = YAML.readTree(random.nextInt(4) == 0 ? MINIMAL : WHOLE);
                for (int left = 1 + random.nextInt(4); left > 0; left--) {
                    mutate(tree, random);
                }
                text = YAML.writeValueAsString(tree);
            } else {
                refused = random.nextBoolean();
                text = refused ? refused(random) : odd(random);
            }
            described.add(text);
            return tried(text, refused);
        });
    }

    /** Else every mutation of it would be refused for the same reason. */
    @Test
    void theFilesThatAreMutatedAreReadThemselves() throws Exception {
        assertThat(PipelineFile.parse("p.yaml", WHOLE).operators()).hasSize(2);
        assertThat(PipelineFile.parse("p.yaml", MINIMAL).operators()).hasSize(1);
    }

    private static String tried(String text, boolean refused) throws Exception {
        PipelineConfig config;
        try {
            config = PipelineFile.parse("p.yaml", text);
        } catch (ConfigurationException e) {
            assertThat(e.problems())
                    .isNotEmpty()
                    .allSatisfy(problem -> assertThat(problem)
                            .isNotBlank()
                            .hasSizeLessThan(20_000)
                            .doesNotContainPattern("(java|com|org)\\.[a-z]+\\.[a-z.]+[A-Z]|Exception"));
            return "refused";
        }
        assertThat(refused).as("what is wrong was not seen").isFalse();
        sane(config);
        return "read";
    }

    /** Every duration and size is one that arithmetic in nanoseconds and bytes can take. */
    private static void sane(Object value) throws Exception {
        if (value instanceof Duration duration) {
            assertThat(duration.abs()).isLessThanOrEqualTo(Duration.ofDays(3_650));
        } else if (value instanceof List<?> list) {
            for (Object item : list) {
                sane(item);
            }
        } else if (value instanceof Record) {
            for (RecordComponent component : value.getClass().getRecordComponents()) {
                component.getAccessor().setAccessible(true);
                Object inner = component.getAccessor().invoke(value);
                if (inner instanceof Long number) {
                    assertThat(number).as(component.getName()).isBetween(-(1L << 45), 1L << 45);
                } else if (inner instanceof Duration duration
                        && !component.getName().equals("clockOffset")) {
                    assertThat(duration).as(component.getName()).isGreaterThanOrEqualTo(Duration.ZERO);
                }
                sane(inner);
            }
        }
    }

    private static List<ObjectNode> mappings(JsonNode node) {
        List<ObjectNode> all = new ArrayList<>();
        if (node instanceof ObjectNode mapping) {
            all.add(mapping);
        }
        node.forEach(inner -> all.addAll(mappings(inner)));
        return all;
    }

    private static void mutate(JsonNode tree, Random random) {
        List<ObjectNode> mappings = mappings(tree);
        ObjectNode mapping = mappings.get(random.nextInt(mappings.size()));
        List<String> keys = new ArrayList<>();
        mapping.fieldNames().forEachRemaining(keys::add);
        if (keys.isEmpty()) {
            mapping.set("x", value(random, 0));
            return;
        }
        String key = keys.get(random.nextInt(keys.size()));
        switch (random.nextInt(6)) {
            case 0 -> mapping.remove(key);
            case 1 -> mapping.set(key + "x", mapping.get(key));
            case 2 -> mapping.set(oneOf(random, TEXTS), value(random, 0));
            case 3 ->
                mapping.set(key, mappings.get(random.nextInt(mappings.size())).deepCopy());
            default -> mapping.set(key, value(random, 0));
        }
    }

    private static JsonNode value(Random random, int depth) {
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        return switch (random.nextInt(depth > 3 ? 5 : 8)) {
            case 0 -> nodes.nullNode();
            case 1 -> nodes.booleanNode(random.nextBoolean());
            case 2 ->
                oneOf(
                        random,
                        nodes.numberNode(random.nextLong()),
                        nodes.numberNode(random.nextInt(10)),
                        nodes.numberNode(-1),
                        nodes.numberNode(0.5),
                        nodes.numberNode(Double.NaN));
            case 3, 4 -> nodes.textNode(oneOf(random, TEXTS));
            case 5 -> {
                ArrayNode list = nodes.arrayNode();
                for (int left = random.nextInt(4); left > 0; left--) {
                    list.add(value(random, depth + 1));
                }
                yield list;
            }
            default -> {
                ObjectNode mapping = nodes.objectNode();
                for (int left = random.nextInt(4); left > 0; left--) {
                    mapping.set(
                            oneOf(random, "type", "topic", "encoder", "output", "a", oneOf(random, TEXTS)),
                            value(random, depth + 1));
                }
                yield mapping;
            }
        };
    }

    /** What must not be read. */
    private static String refused(Random random) {
        return switch (random.nextInt(7)) {
            case 0 -> MINIMAL + "---\n" + WHOLE;
            case 1 -> MINIMAL + "pipeline: a\npipeline: b\n";
            case 2 -> "pipeline: &a demo\nrollup: {output: *a}\n" + MINIMAL;
            case 3 -> MINIMAL + "emit: {attributes: " + "[".repeat(1 + random.nextInt(20_000)) + "}";
            case 4 -> MINIMAL + "align: {size: " + oneOf(random, "200000d", "106751991168d", "999999999999d") + "}\n";
            case 5 -> MINIMAL + "rollout: " + "{a: ".repeat(1 + random.nextInt(2_000)) + "1" + "}".repeat(3) + "\n";
            default ->
                MINIMAL.replace(
                        "encoder: e",
                        "encoder: e, idle_timeout: "
                                + oneOf(random, "200000d", "-1s", "0s", "5", "99999999999999999999s"));
        };
    }

    /** What may be read or not, but must end. */
    private static String odd(Random random) {
        String bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n"
                + "b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d "
                + "[*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d,*d,*d,*d,*d]\n";
        String text = oneOf(
                random,
                bomb + MINIMAL,
                "",
                "\n",
                "---\n",
                "[]",
                "5",
                "\"",
                "{",
                "\t",
                "!!javax.script.ScriptEngineManager [x]\n",
                "? a\n: b\n",
                "%YAML 9.9\n---\n" + MINIMAL,
                "\ufeff" + MINIMAL,
                MINIMAL + "x: |\n" + "  y\n".repeat(random.nextInt(50_000)),
                "<<: {pipeline: x}\n" + MINIMAL,
                MINIMAL + "pipeline: !!binary aGVsbG8=\n",
                MINIMAL + "pipeline: 2024-01-01\n");
        StringBuilder odd = new StringBuilder(random.nextBoolean() ? WHOLE : text);
        for (int left = random.nextInt(5); left > 0 && odd.length() > 0; left--) {
            int at = random.nextInt(odd.length());
            switch (random.nextInt(3)) {
                case 0 ->
                    odd.insert(
                            at,
                            oneOf(
                                    random, "{", "}", "[", "]", ":", " ", "\n", "\t", "#", "&", "*", "!", "|", ">", "'",
                                    "\"", "%", "@", "`", "-", "? ", "\u0000", "\u0085", "\ud800"));
                case 1 -> odd.deleteCharAt(at);
                default -> odd.setCharAt(at, (char) random.nextInt(random.nextBoolean() ? 128 : 65_536));
            }
        }
        return odd.toString();
    }
}
