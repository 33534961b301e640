// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static io.sensorium.integration.CommandProcess.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sensorium.quickstart.layout.DistributionLayout;
import io.sensorium.quickstart.stack.EmbeddedStack;
import io.sensorium.results.SentimentResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The producers of docs/producers.md, taken from the page and run: their events become results. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class ProducerPagesIT {

    @TempDir
    Path folder;

    /** The page's program in a language, writing to this test's topic. */
    private static String program(String language, TestTopics topics) throws Exception {
        String page = Files.readString(DistributionLayout.root().resolve("docs/producers.md"));
        Matcher block = Pattern.compile("(?s)```" + language + "\n(.*?)```").matcher(page);
        assertThat(block.find()).as(language).isTrue();
        String program = block.group(1).replaceAll("(['\"])media\\.text(['\"])", "$1" + topics.prefix + "media.text$2");
        assertThat(program).contains(topics.prefix);
        return program;
    }

    private record Outcome(boolean succeeded, String output) {}

    private Outcome run(EmbeddedStack stack, List<String> command) throws Exception {
        Path log = folder.resolve("run-" + System.nanoTime() + ".log");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().put("KAFKA", stack.bootstrapServers());
        builder.environment().put("REGISTRY", stack.registryUrl());
        builder.environment()
                .put(
                        "SCHEMAS",
                        DistributionLayout.root()
                                .resolve("schemas/src/main/avro")
                                .toString());
        Process process;
        try {
            process = builder.start();
        } catch (IOException e) {
            return new Outcome(false, e.getMessage());
        }
        boolean ended = process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        return new Outcome(ended && process.exitValue() == 0, Files.readString(log));
    }

    /** @param setUp a command without which the program cannot run here; empty for none */
    private void produce(String language, String file, List<String> setUp, List<String> command, String subject)
            throws Exception {
        EmbeddedStack stack = SharedStack.get();
        try (TestTopics topics = new TestTopics(stack, 1)) {
            Files.writeString(folder.resolve(file), program(language, topics));
            if (!setUp.isEmpty()) {
                Outcome prepared = run(stack, setUp);
                assumeTrue(
                        prepared.succeeded(),
                        "skipped: " + String.join(" ", setUp) + " does not work here: " + prepared.output());
            }
            Outcome outcome = run(stack, command);
            assertThat(outcome.succeeded()).as(outcome.output()).isTrue();
            topics.runBounded(topics.config(
                    "strategy: tumbling, size: 10s, min_modalities: 1", "parallelism: 1, checkpoint_interval: 1s"));
            assertThat(topics.read("results.sentiment", new SentimentResult()))
                    .extracting(SentimentResult::getSubjectId)
                    .containsExactly(subject);
        }
    }

    @Test
    void javaScript() throws Exception {
        Files.copy(
                DistributionLayout.root().resolve("integration-tests/src/test/js/package.json"),
                folder.resolve("package.json"));
        produce(
                "javascript",
                "producer.mjs",
                List.of("npm", "install", "--no-audit", "--no-fund"),
                List.of("node", "producer.mjs"),
                "post-1");
    }

    @Test
    void java() throws Exception {
        String classPath = Files.readString(DistributionLayout.root().resolve("quickstart/target/classpath"))
                .strip();
        produce(
                "java",
                "TextProducer.java",
                List.of(),
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        classPath,
                        "TextProducer.java"),
                "post-2");
    }

    @Test
    void python() throws Exception {
        produce(
                "python",
                "producer.py",
                List.of("python3", "-c", "import confluent_kafka.schema_registry.avro"),
                List.of("python3", "producer.py"),
                "post-3");
    }
}
