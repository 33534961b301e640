// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static io.sensorium.integration.CommandProcess.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.sensorium.events.TextEvent;
import io.sensorium.quickstart.layout.DistributionLayout;
import io.sensorium.quickstart.stack.EmbeddedRegistry;
import io.sensorium.schemas.ConfluentSchemaRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code stack} as a process: two lines, topics that survive a stop, and no children left behind, however it ends. */
class StackIT {

    @TempDir
    Path folder;

    @Test
    void saysTwoLinesKeepsItsTopicsAndLeavesNothingBehind() throws Exception {
        Path data = folder.resolve("data");
        Process first = CommandProcess.start(folder, "stack", "--dir", data.toString());
        List<String> lines = awaitLines(first);
        assertThat(lines.get(0)).matches("bootstrap_servers=127\\.0\\.0\\.1:\\d+");
        assertThat(lines.get(1)).matches("registry_url=http://127\\.0\\.0\\.1:\\d+/apis/ccompat/v7");
        try (var admin = Admin.create(Map.of("bootstrap.servers", value(lines.get(0))))) {
            admin.createTopics(List.of(new NewTopic("kept", 3, (short) 1)))
                    .all()
                    .get();
        }
        var registry = new ConfluentSchemaRegistry(value(lines.get(1)), Map.of());
        int id = registry.register("kept-value", TextEvent.getClassSchema().toString());
        first.destroy();
        assertThat(first.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(first.exitValue())
                .as(Files.readString(folder.resolve("err.log")))
                .isZero();
        assertThat(Files.readAllLines(folder.resolve("out.log"))).hasSize(2);
        assertGone(lines);

        Files.delete(folder.resolve("out.log"));
        Process second = CommandProcess.start(folder, "stack", "--dir", data.toString(), "--topics", "kept,media.text");
        assertThat(awaitLines(second)).as("the same addresses").isEqualTo(lines);
        try (var admin = Admin.create(Map.of("bootstrap.servers", value(lines.get(0))))) {
            assertThat(admin.listTopics().names().get()).contains("kept", "media.text");
        }
        assertThat(new ConfluentSchemaRegistry(value(lines.get(1)), Map.of()).schemaOf(id))
                .contains("TextEvent");
        second.destroyForcibly();
        assertThat(second.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertGone(lines);
    }

    /**
     * The registry's storage is configured as in docker-compose.yml, on a broker of the shared stack: the registry has
     * no files of its own.
     */
    @Test
    void theComposeFilesRegistryKeepsItsSchemasInKafka() throws Exception {
        Map<String, String> storage = new HashMap<>();
        new YAMLMapper()
                .readTree(
                        DistributionLayout.root().resolve("docker-compose.yml").toFile())
                .at("/services/registry/environment")
                .fields()
                .forEachRemaining(setting -> storage.put(
                        setting.getKey().toLowerCase(Locale.ROOT).replace('_', '.'),
                        setting.getValue().asText().replace("kafka:9092", bootstrapServers())));
        try (EmbeddedRegistry registry = EmbeddedRegistry.start(
                DistributionLayout.stackDistributions().resolve("registry"), folder.resolve("registry"), storage)) {
            registry.await();
            int id = new ConfluentSchemaRegistry(registry.url(), Map.of())
                    .register("kept-value", TextEvent.getClassSchema().toString());
            registry.kill();
            registry.restart();
            assertThat(new ConfluentSchemaRegistry(registry.url(), Map.of()).schemaOf(id))
                    .contains("TextEvent");
        }
    }

    private static String bootstrapServers() {
        try {
            return SharedStack.get().bootstrapServers();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String value(String line) {
        return line.substring(line.indexOf('=') + 1);
    }

    private List<String> awaitLines(Process process) throws Exception {
        Path out = folder.resolve("out.log");
        CommandProcess.await(
                "two lines",
                process,
                PATIENCE,
                folder,
                () -> Files.readAllLines(out).size() >= 2);
        return Files.readAllLines(out);
    }

    /** Both ports stop answering within a while. */
    private static void assertGone(List<String> lines) {
        for (String line : lines) {
            int port = Integer.parseInt(line.replaceAll(".*127\\.0\\.0\\.1:(\\d+).*", "$1"));
            await("port " + port + " to be free again")
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> !answers(port));
        }
    }

    private static boolean answers(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress("127.0.0.1", port), 200);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
