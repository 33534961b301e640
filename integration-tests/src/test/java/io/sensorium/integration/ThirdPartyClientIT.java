// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static io.sensorium.integration.CommandProcess.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sensorium.quickstart.layout.DistributionLayout;
import io.sensorium.quickstart.stack.EmbeddedStack;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** npm's kafkajs and its registry client produce from the .avsc files and read the results. */
class ThirdPartyClientIT {

    @TempDir
    Path folder;

    private String execute(boolean mustWork, String... command) throws Exception {
        Path out = folder.resolve("out-" + System.nanoTime() + ".log");
        Process process;
        try {
            process = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectOutput(out.toFile())
                    .redirectError(folder.resolve("err.log").toFile())
                    .start();
        } catch (IOException e) {
            assumeTrue(false, "skipped: " + command[0] + " is not on this machine");
            throw e;
        }
        boolean ended = process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        if (!mustWork) {
            assumeTrue(
                    ended && process.exitValue() == 0,
                    "skipped: " + String.join(" ", command) + " does not work here: "
                            + Files.readString(folder.resolve("err.log")));
        }
        assertThat(ended && process.exitValue() == 0)
                .as(Files.readString(folder.resolve("err.log")))
                .isTrue();
        return Files.readString(out);
    }

    @Test
    void kafkajsJustWorks() throws Exception {
        Path scripts = DistributionLayout.root().resolve("integration-tests/src/test/js");
        for (String file : List.of("package.json", "client.mjs")) {
            Files.copy(scripts.resolve(file), folder.resolve(file));
        }
        execute(false, "npm", "install", "--no-audit", "--no-fund");
        EmbeddedStack stack = SharedStack.get();
        try (TestTopics topics = new TestTopics(stack, 1)) {
            String[] arguments = {
                stack.bootstrapServers(),
                stack.registryUrl(),
                topics.prefix,
                DistributionLayout.root().resolve("schemas/src/main/avro").toString(),
                DistributionLayout.root()
                        .resolve("quickstart/src/main/resources/sample")
                        .toString()
            };
            List<String> produce = new ArrayList<>(List.of("node", "client.mjs", "produce"));
            produce.addAll(List.of(arguments));
            execute(true, produce.toArray(String[]::new));
            topics.runBounded(
                    topics.config("strategy: tumbling, size: 10s", "parallelism: 1, checkpoint_interval: 1s"));
            List<String> consume = new ArrayList<>(produce);
            consume.set(2, "consume");
            Map<String, JsonNode> results = new TreeMap<>();
            for (String line :
                    execute(true, consume.toArray(String[]::new)).lines().toList()) {
                JsonNode record = new ObjectMapper().readTree(line);
                assertThat(record.get("key").asText()).isEqualTo("from-kafkajs");
                results.put(record.get("topic").asText(), record.get("result"));
            }
            assertThat(results).containsOnlyKeys("results.match", "results.sentiment");
            JsonNode sentiment = results.get("results.sentiment");
            assertThat(sentiment.get("modalities")).hasSize(3);
            assertThat(sentiment.get("attributes").get("group").asText()).isEqualTo("js");
            assertThat(sentiment.get("label").asText()).isEqualTo("POSITIVE");
            assertThat(results.get("results.match").get("pairs")).hasSize(2);
        }
    }
}
