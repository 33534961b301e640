// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.quickstart.layout.DistributionLayout;
import io.sensorium.schemas.RegistryProperties;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import picocli.CommandLine;

/** Every pipeline file, part of one, and command line in README and docs is one that the program takes. */
class DocumentedSnippetsTest {

    private static final YAMLMapper YAML = new YAMLMapper();
    private static final String BASE = """
            modalities: {image: {encoder: e}, text: {encoder: e}, audio: {encoder: e}}
            operators: {sentiment: {type: sentiment}, match: {type: match, pairs: [[image, text]]}}
            """;

    /** Keys of model manifests and rollout files, of which pages show parts. */
    private static final Set<String> NOT_PIPELINE = Set.of("name", "precision", "kind", "graphs", "dimension", "mode");

    /** Commands whose options other modules define. */
    private static final Set<String> ELSEWHERE = Set.of("train", "evaluate", "quantize", "bench", "rollup");

    /**
     * A paragraph of a code block.
     *
     * @param place file and line
     */
    private record Snippet(String place, List<String> lines) {

        String text() {
            return String.join("\n", lines);
        }

        String firstLine() {
            return lines.stream()
                    .filter(line -> !line.startsWith("#"))
                    .findFirst()
                    .orElse("");
        }
    }

    private static List<Snippet> snippets() throws Exception {
        List<Snippet> all = new ArrayList<>();
        try (Stream<Path> docs = Files.walk(DistributionLayout.root().resolve("docs"));
                Stream<Path> files = Stream.concat(
                        Stream.of(
                                DistributionLayout.root().resolve("README.md"),
                                DistributionLayout.root().resolve("CONTRIBUTING.md")),
                        docs.filter(file -> file.toString().endsWith(".md")))) {
            for (Path file : files.sorted().toList()) {
                add(all, DistributionLayout.root().relativize(file).toString(), Files.readAllLines(file));
            }
        }
        return all;
    }

    private static void add(List<Snippet> all, String file, List<String> lines) {
        List<String> paragraph = new ArrayList<>();
        boolean fenced = false;
        for (int i = 0; i <= lines.size(); i++) {
            String line = i < lines.size() ? lines.get(i) : "";
            boolean fence = line.strip().startsWith("```");
            fenced ^= fence;
            boolean code = !fence && !line.isBlank() && (fenced || line.startsWith("    "));
            if (code) {
                paragraph.add(fenced ? line : line.substring(4));
            } else if (!paragraph.isEmpty()) {
                all.add(new Snippet(file + ":" + (i - paragraph.size() + 1), List.copyOf(paragraph)));
                paragraph.clear();
            }
        }
    }

    @TestFactory
    Stream<DynamicTest> pipelineFilesAreValid() throws Exception {
        return snippets().stream()
                .filter(snippet -> snippet.firstLine().stripTrailing().matches("\\s*[a-z_]+:( .*)?"))
                .map(snippet -> DynamicTest.dynamicTest(snippet.place(), () -> {
                    if (snippet.lines().stream().map(line -> line.split(":")[0]).anyMatch(NOT_PIPELINE::contains)) {
                        return;
                    }
                    JsonNode part = YAML.readTree(snippet.text());
                    ObjectNode whole = (ObjectNode) YAML.readTree(BASE);
                    part.fields().forEachRemaining(field -> whole.set(field.getKey(), field.getValue()));
                    String text = YAML.writeValueAsString(whole)
                            .replaceAll("lists/\\w+\\.txt", DistributionLayout.root() + "/examples/terms.txt");
                    PipelineConfig config = PipelineFile.parse(snippet.place(), text);
                    assertThat(kafkaNames())
                            .containsAll(config.kafka().properties().keySet());
                    assertThat(RegistryProperties.names(config.registry().type()))
                            .containsAll(config.registry().properties().keySet());
                }));
    }

    /** What Kafka's clients read, which the file's check leaves to them. */
    private static Set<String> kafkaNames() {
        Set<String> names = new HashSet<>(AdminClientConfig.configNames());
        names.addAll(ConsumerConfig.configNames());
        names.addAll(ProducerConfig.configNames());
        names.add("partition.discovery.interval.ms");
        return names;
    }

    @TestFactory
    Stream<DynamicTest> commandLinesAreValid() throws Exception {
        return snippets().stream()
                .flatMap(snippet -> snippet.lines().stream()
                        .filter(line -> line.startsWith("./sensorium "))
                        .map(line -> DynamicTest.dynamicTest(snippet.place() + " " + line, () -> {
                            String[] words = line.replaceFirst("\\s#.*", "")
                                    .replaceAll("[\\[\\]]", "")
                                    .strip()
                                    .split("\\s+");
                            if (!ELSEWHERE.contains(words[1])) {
                                CommandLine command = SensoriumCommand.commandLine();
                                command.parseArgs(Stream.of(words).skip(1).toArray(String[]::new));
                            }
                        })));
    }

    @Test
    void theBundledExampleIsValid() throws Exception {
        try (Stream<Path> examples = Files.list(DistributionLayout.root().resolve("examples"))) {
            List<Path> files =
                    examples.filter(file -> file.toString().endsWith(".yaml")).toList();
            assertThat(files).isNotEmpty();
            for (Path file : files) {
                // Paths in a pipeline file are relative to the folder that the command is started in.
                String text = Files.readString(file).replace("examples/", DistributionLayout.root() + "/examples/");
                assertThatCode(() -> PipelineFile.parse(file.toString(), text))
                        .as(file.toString())
                        .doesNotThrowAnyException();
            }
        }
    }
}
