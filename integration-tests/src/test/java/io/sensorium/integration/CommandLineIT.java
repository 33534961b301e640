// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sensorium.events.TextEvent;
import io.sensorium.quickstart.runtime.RunningPipeline;
import io.sensorium.quickstart.stack.EmbeddedStack;
import io.sensorium.schemas.ConfluentSchemaRegistry;
import io.sensorium.schemas.SchemaRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a user types and reads: exit codes, messages, and the genuine registry client behind them. */
class CommandLineIT {

    @TempDir
    Path folder;

    @Test
    void validateNamesEveryProblemOutsideTheFileToo() throws Exception {
        EmbeddedStack stack = SharedStack.get();
        Path file = folder.resolve("p.yaml");
        Files.writeString(file, """
                kafka: {bootstrap_servers: "%s", create_topics: false}
                registry: {url: "http://127.0.0.1:1/nothing"}
                modalities:
                  text: {topic: nowhere, encoder: text-bge-small}
                  image: {topic: nowhere-too, encoder: sentiment-late-attention}
                operators:
                  sentiment: {type: sentiment, output: no.such.output}
                """.formatted(stack.bootstrapServers()));
        CommandResult answer = CommandResult.to("validate", "-c", file.toString());
        assertThat(answer.code()).isEqualTo(2);
        assertThat(answer.err())
                .contains(
                        "modalities.text.encoder: no model \"text-bge-small\"",
                        "did you mean \"text-bge-small-en\"?",
                        "modalities.image.encoder",
                        "expected an encoder",
                        "modalities.text.topic: there is no topic \"nowhere\"",
                        "nowhere-too",
                        "kafka.create_topics is false",
                        "no.such.output",
                        "registry.url");
    }

    @Test
    void mistakesInTheFileAndOutsideItAreReportedInOnePass() throws Exception {
        EmbeddedStack stack = SharedStack.get();
        Path file = folder.resolve("p.yaml");
        Files.writeString(file, """
                kafka: {bootstrap_servers: "%s", properties: {sasl.mechansim: PLAIN}}
                registry: {url: "ftp://127.0.0.1:1"}
                modalities:
                  text: {topic: nowhere, encoder: text-bge-small, idle_timout: 3s}
                  image: {encoder: image-inception-mixed5, out_of_orderness: soon}
                operators:
                  sentiment: {type: sentimental}
                align: {strategy: tumbling, size: 10}
                runtime: {parallelism: none, device: gpu3}
                emit: {attribute: [a]}
                """.formatted(stack.bootstrapServers()));
        for (String command : new String[] {"validate", "run"}) {
            CommandResult answer = CommandResult.to(command, "-c", file.toString());
            assertThat(answer.code()).as(command).isEqualTo(2);
            assertThat(answer.err())
                    .as(command)
                    .contains(
                            "modalities.text.topic: there is no topic \"nowhere\"",
                            "no model \"text-bge-small\"",
                            "idle_timeout",
                            "modalities.image.out_of_orderness",
                            "operators.sentiment.type",
                            "align.size",
                            "runtime.parallelism",
                            "runtime.device",
                            "emit.attribute",
                            "registry.url: is \"ftp://127.0.0.1:1\", expected an http or https address")
                    .doesNotContain("Exception");
        }
    }

    @Test
    void anEncoderOnATopicOfAnotherModalityIsReported() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 1)) {
            topics.encode("text", topics.embedded("text", "s", "t", 1, 1));
            topics.encode("image", topics.embedded("image", "s", "i", 1, 1));
            topics.encode("audio", topics.embedded("audio", "s", "a", 1, 1));
            Path file = folder.resolve("p.yaml");
            String yaml = topics.yaml("strategy: tumbling, size: 10s", "parallelism: 1");
            Files.writeString(file, yaml);
            assertThat(CommandResult.to("validate", "-c", file.toString()).code())
                    .isZero();
            Files.writeString(
                    file,
                    yaml.replace("audio: {topic: " + topics.topic("audio"), "audio: {topic: " + topics.topic("text"))
                            .replace(
                                    "image: {topic: " + topics.topic("image"),
                                    "image: {topic: " + topics.topic("audio")));
            CommandResult answer = CommandResult.to("validate", "-c", file.toString());
            assertThat(answer.code()).isEqualTo(2);
            assertThat(answer.err())
                    .contains(
                            "modalities.audio.encoder: audio-speech-embedding takes audio, but the events of topic \""
                                    + topics.topic("text") + "\" carry text",
                            "modalities.image.encoder: image-inception-mixed5 takes images, but the events of topic \""
                                    + topics.topic("audio") + "\" carry audio");
        }
    }

    @Test
    void anEndpointThatCannotBeServedIsReportedBeforeAnythingIsStarted() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 1);
                ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Path file = folder.resolve("p.yaml");
            Path state = folder.resolve("state");
            for (String address : List.of("127.0.0.1:" + taken.getLocalPort(), "0.0.0.0:0")) {
                Files.writeString(
                        file,
                        topics.yaml(
                                "strategy: tumbling, size: 10s",
                                "parallelism: 1, http: '" + address + "', state_dir: '" + state + "'"));
                CommandResult run = CommandResult.to("run", "-c", file.toString());
                assertThat(run.code()).as(run.err()).isEqualTo(2);
                assertThat(run.err())
                        .contains("runtime.http", address.startsWith("127") ? "cannot be bound" : "no token is set")
                        .doesNotContain("submitted");
                CommandResult validate = CommandResult.to("validate", "-c", file.toString());
                assertThat(validate.code()).as(validate.err()).isEqualTo(2);
                assertThat(validate.err())
                        .contains("runtime.http", address.startsWith("127") ? "cannot be bound" : "no token is set");
                assertThat(state).doesNotExist();
            }
            Files.writeString(file, Files.readString(file) + "references: {schemes: [file], folders: [media]}\n");
            for (String command : List.of("validate", "run")) {
                assertThat(CommandResult.to(command, "-c", file.toString()).err())
                        .as(command)
                        .contains("runtime.http binds to \"0.0.0.0\"", "references.folders", "absolute");
            }
            assertThat(CommandResult.to(
                                    "validate",
                                    "-c",
                                    folder.resolve("none.yaml").toString())
                            .err())
                    .contains("there is no such file");
        }
    }

    @Test
    void aSecondCopyIsReportedAndNotItsPort() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 1);
                ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String runtime = "parallelism: 1, state_dir: '" + folder.resolve("state") + "', http: ";
            Path file = folder.resolve("p.yaml");
            Files.writeString(
                    file,
                    topics.yaml("strategy: tumbling, size: 10s", runtime + "'127.0.0.1:" + taken.getLocalPort() + "'"));
            try (RunningPipeline first = RunningPipeline.start(
                    "first.yaml",
                    topics.config("strategy: tumbling, size: 10s", runtime + "off"),
                    new RunningPipeline.Mode(false, false),
                    System.err)) {
                CommandResult second = CommandResult.to("run", "-c", file.toString());
                assertThat(second.code()).isEqualTo(2);
                assertThat(second.err()).contains("this pipeline already runs").doesNotContain("cannot be bound");
                first.cancel();
            }
        }
    }

    @Test
    void validateSaysOkAndWarnsOfTerms() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 1)) {
            Path file = folder.resolve("p.yaml");
            Files.writeString(file, topics.yaml("strategy: tumbling, size: 10s", "parallelism: 1"));
            CommandResult answer = CommandResult.to("validate", "-c", file.toString());
            assertThat(answer.code()).as(answer.err()).isZero();
            assertThat(answer.out())
                    .contains(
                            "ok",
                            "warning: sentiment-late-attention@2.0.0: commercial use: no",
                            "results.sentiment will be created");
            Files.writeString(file, topics.yaml("strategy: tumbling, size: 10s", "allow_noncommercial: false"));
            assertThat(CommandResult.to("run", "-c", file.toString(), "--bounded"))
                    .satisfies(run -> {
                        assertThat(run.code()).isEqualTo(2);
                        assertThat(run.err()).contains("allow_noncommercial is false");
                    });
        }
    }

    @Test
    void aVariableThatIsNotSetIsReportedBeforeAnyClientUsesIt() throws Exception {
        Path file = folder.resolve("p.yaml");
        Files.writeString(file, """
                kafka: {bootstrap_servers: "127.0.0.1:1", properties: {ssl.truststore.password: "${env:NO_SUCH_A}"}}
                registry: {url: "http://127.0.0.1:1", properties: {basic.auth.user.info: "${env:NO_SUCH_B}"}}
                modalities: {text: {encoder: text-bge-small-en}}
                align: {min_modalities: 1}
                operators: {sentiment: {type: sentiment}}
                """);
        for (String command : new String[] {"validate", "run"}) {
            CommandResult answer = CommandResult.to(command, "-c", file.toString());
            assertThat(answer.code()).as(command).isEqualTo(2);
            assertThat(answer.err())
                    .as(command)
                    .containsOnlyOnce("kafka.properties.ssl.truststore.password: refers to ${env:NO_SUCH_A}")
                    .containsOnlyOnce("registry.properties.basic.auth.user.info: refers to ${env:NO_SUCH_B}")
                    .contains("the environment variable NO_SUCH_A is not set")
                    .doesNotContain("registry.url:", "kafka.bootstrap_servers:");
        }
    }

    @Test
    void aBrokerThatIsNotThereIsNamed() throws Exception {
        Path file = folder.resolve("p.yaml");
        Files.writeString(file, """
                kafka: {bootstrap_servers: "127.0.0.1:1", properties: {default.api.timeout.ms: "2000", request.timeout.ms: "1000"}}
                registry: {url: "%s"}
                modalities: {text: {encoder: text-bge-small-en}}
                align: {min_modalities: 1}
                operators: {sentiment: {type: sentiment}}
                """.formatted(SharedStack.get().registryUrl()));
        CommandResult answer = CommandResult.to("validate", "-c", file.toString());
        assertThat(answer.code()).isEqualTo(2);
        assertThat(answer.err()).contains("kafka.bootstrap_servers", "127.0.0.1:1");
    }

    @Test
    void modelsShowsTermsAndCards() {
        CommandResult list = CommandResult.to("models");
        assertThat(list.code()).isZero();
        assertThat(list.out())
                .contains(
                        "text-bge-small-en@1.5.0",
                        "image-inception-mixed5@1.0.0",
                        "audio-speech-embedding@2.0.0",
                        "sentiment-late-attention@2.0.0",
                        "match-dual-encoder@2.0.0",
                        "commercial use: no");
        assertThat(CommandResult.to("models", "match-dual-encoder").out()).contains("median rank", "sha256");
        assertThat(CommandResult.to("models", "match-dual-encodr").err())
                .contains("did you mean \"match-dual-encoder\"?");
        assertThat(CommandResult.to("models", "nothing").code()).isEqualTo(2);
        assertThat(CommandResult.to("nonsense").code()).isEqualTo(2);
    }

    @Test
    void replaySendsADataSetsRows() throws Exception {
        Files.writeString(
                folder.resolve("labels.tsv"), "id\timage\ttext\tlabel\nr1\timages/1.jpg\thello there\tpositive\n");
        Files.createDirectories(folder.resolve("images"));
        Files.write(
                folder.resolve("images/1.jpg"),
                CommandLineIT.class.getResourceAsStream("/sample/beach.jpg").readAllBytes());
        EmbeddedStack stack = SharedStack.get();
        try (TestTopics topics = new TestTopics(stack, 1)) {
            CommandResult answer = CommandResult.to(
                    "replay",
                    "--dataset",
                    folder.toString(),
                    "--bootstrap-servers",
                    stack.bootstrapServers(),
                    "--registry",
                    stack.registryUrl(),
                    "--speed",
                    "0",
                    "--topics",
                    "image=" + topics.topic("image") + ",text=" + topics.topic("text") + ",audio="
                            + topics.topic("audio"));
            assertThat(answer.code()).as(answer.err()).isZero();
            assertThat(topics.read("media.text", new TextEvent()))
                    .singleElement()
                    .satisfies(event -> {
                        assertThat(event.getPayload()).isEqualTo("hello there");
                        assertThat(event.getSubjectId()).isEqualTo("r1");
                    });
        }
    }

    @Test
    void theGenuineRegistryClientTellsUnknownRefusedAndUnreachableApart() throws Exception {
        ConfluentSchemaRegistry registry =
                new ConfluentSchemaRegistry(SharedStack.get().registryUrl(), Map.of());
        String schema = TextEvent.getClassSchema().toString();
        int id = registry.register("cli-value", schema);
        assertThat(registry.register("cli-value", schema)).isEqualTo(id);
        assertThat(new org.apache.avro.Schema.Parser().parse(registry.schemaOf(id)))
                .isEqualTo(TextEvent.getClassSchema());
        assertThatThrownBy(() -> registry.schemaOf(123_456)).isInstanceOf(SchemaRegistry.UnknownSchemaException.class);
        String incompatible =
                schema.replaceFirst("\"fields\":\\[", "\"fields\":[{\"name\":\"required_now\",\"type\":\"int\"},");
        assertThatThrownBy(() -> registry.register("cli-value", incompatible))
                .isInstanceOf(SchemaRegistry.IncompatibleSchemaException.class);
        assertThatThrownBy(() -> new ConfluentSchemaRegistry("http://127.0.0.1:1", Map.of()).schemaOf(1))
                .isInstanceOf(IOException.class)
                .isNotInstanceOf(SchemaRegistry.UnknownSchemaException.class)
                .hasMessageContaining("registry.url");
    }
}
