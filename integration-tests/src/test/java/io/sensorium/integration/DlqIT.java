// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static io.sensorium.integration.CommandProcess.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.config.PipelineFile;
import io.sensorium.job.encode.EncodeOperator;
import io.sensorium.quickstart.SensoriumCommand;
import io.sensorium.results.DeadLetter;
import io.sensorium.results.SentimentResult;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.connect.runtime.errors.DeadLetterQueueReporter;
import org.apache.kafka.connect.runtime.errors.Stage;
import org.apache.kafka.streams.errors.internals.ExceptionHandlerUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What failed for a limit that was too low is sent again once the limit is mended; each letter once, and what keeps
 * failing stays.
 */
class DlqIT {

    private static final long T = 1_700_000_000_000L;

    @TempDir
    Path folder;

    private static String dlq(int exitCode, String... arguments) {
        StringWriter out = new StringWriter();
        var command = SensoriumCommand.commandLine();
        command.setOut(new PrintWriter(out));
        List<String> all = new ArrayList<>(List.of("dlq"));
        all.addAll(List.of(arguments));
        assertThat(command.execute(all.toArray(String[]::new)))
                .as(String.join(" ", all))
                .isEqualTo(exitCode);
        return out.toString();
    }

    @Test
    void isSentAgainOnceTheCauseIsMended() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 2)) {
            topics.send("text", topics.event("text", "beach", "t", T, "What a wonderful morning at the beach!"));
            topics.send("image", topics.event("image", "beach", "i", T + 1, TestTopics.sample("beach.jpg")));
            topics.sendRaw("audio", "x", "no event at all".getBytes(StandardCharsets.UTF_8));
            topics.flush();
            String yaml = topics.yaml(
                    "strategy: tumbling, size: 10s, min_modalities: 1", "parallelism: 1, checkpoint_interval: 1s");
            Path file = folder.resolve("pipeline.yaml");
            Files.writeString(file, yaml + "media: {max_bytes: 4KiB}\n");
            topics.runBounded(PipelineFile.read(file));
            DeadLetter forged =
                    topics.read("media.dead-letters", new DeadLetter()).get(0);
            assertHeadersOfStreamsAndConnect(topics);
            String[] listed = dlq(0, "list", "-c", file.toString()).lines().toArray(String[]::new);
            assertThat(listed).hasSize(3);
            assertThat(listed[2]).isEqualTo("{MEDIA_TOO_LARGE=1, UNDECODABLE=1}");
            assertThat(dlq(0, "list", "-c", file.toString(), "--code", "MEDIA_TOO_LARGE"))
                    .contains("producer's fault")
                    .doesNotContain("UNDECODABLE");
            assertThat(dlq(0, "list", "-c", file.toString(), "--topic", "nowhere"))
                    .contains("no dead letters");
            assertThat(dlq(0, "list", "-c", file.toString(), "--until", "2020-01-01T00:00:00Z"))
                    .contains("no dead letters");
            dlq(2, "list", "-c", file.toString(), "--code", "TOO_LARGE");

            assertThat(dlq(0, "replay", "-c", file.toString(), "--code", "MEDIA_TOO_LARGE"))
                    .contains("1 sent");
            listed = dlq(0, "list", "-c", file.toString()).lines().toArray(String[]::new);
            assertThat(listed)
                    .hasSize(3)
                    .filteredOn(line -> line.contains("  replayed  "))
                    .singleElement()
                    .asString()
                    .contains("MEDIA_TOO_LARGE");
            assertThat(listed[2]).isEqualTo("{MEDIA_TOO_LARGE=1, UNDECODABLE=1}, 1 replayed");
            assertThat(dlq(0, "list", "-c", file.toString(), "--unresolved"))
                    .contains("UNDECODABLE")
                    .doesNotContain("MEDIA_TOO_LARGE");
            assertThat(dlq(0, "replay", "-c", file.toString(), "--code", "MEDIA_TOO_LARGE"))
                    .as("once at most")
                    .contains("1 sent before");
            // The copy fails too, as its second try, and is a letter of its own; sent again it is a third.
            topics.runBounded(PipelineFile.read(file));
            assertThat(topics.read("media.dead-letters", new DeadLetter()).stream()
                            .filter(letter -> letter.getCode().equals("MEDIA_TOO_LARGE"))
                            .map(DeadLetter::getAttempts)
                            .sorted()
                            .toList())
                    .containsExactly(1, 1, 2);
            assertThat(dlq(0, "replay", "-c", file.toString(), "--code", "MEDIA_TOO_LARGE", "--max-tries", "2"))
                    .contains("stays: it has failed 2 times")
                    .contains("1 too many tries");

            // Whoever can write dead letters cannot, through them, write to topics that are not the pipeline's, or to a
            // terminal.
            forged.setTopic("payments");
            forged.setMessage("\u001b[2Jfine");
            topics.forge("media.dead-letters", "x", forged);
            assertThat(dlq(0, "replay", "-c", file.toString(), "--topic", "payments"))
                    .contains("1 no input");
            assertThat(dlq(0, "list", "-c", file.toString(), "--topic", "payments"))
                    .contains("\uFFFD[2Jfine")
                    .doesNotContain("\u001b");

            Files.writeString(file, yaml);
            topics.runBounded(PipelineFile.read(file));
            List<SentimentResult> results = topics.read("results.sentiment", new SentimentResult()).stream()
                    .filter(result -> result.getSubjectId().equals("beach"))
                    .toList();
            assertThat(results.get(results.size() - 1).getModalities())
                    .as("the copies are one event")
                    .containsExactly("image", "text");
            assertThat(results.get(results.size() - 1).getInputs()).hasSize(2);
        }
    }

    /** By the constants of the classes that write them. */
    private static void assertHeadersOfStreamsAndConnect(TestTopics topics) throws Exception {
        List<DeadLetter> letters = topics.read("media.dead-letters", new DeadLetter());
        List<Map<String, String>> headers = topics.headers("media.dead-letters");
        assertThat(headers).hasSameSizeAs(letters).isNotEmpty();
        for (int i = 0; i < letters.size(); i++) {
            DeadLetter letter = letters.get(i);
            String trace = letter.getCode() + ": " + letter.getMessage();
            String partition = Integer.toString(letter.getPartition());
            String offset = Long.toString(letter.getOffset());
            assertThat(headers.get(i))
                    .containsEntry(ExceptionHandlerUtils.HEADER_ERRORS_EXCEPTION_NAME, letter.getCode())
                    .containsEntry(ExceptionHandlerUtils.HEADER_ERRORS_EXCEPTION_MESSAGE_NAME, letter.getMessage())
                    .containsEntry(ExceptionHandlerUtils.HEADER_ERRORS_STACKTRACE_NAME, trace)
                    .containsEntry(ExceptionHandlerUtils.HEADER_ERRORS_TOPIC_NAME, letter.getTopic())
                    .containsEntry(ExceptionHandlerUtils.HEADER_ERRORS_PARTITION_NAME, partition)
                    .containsEntry(ExceptionHandlerUtils.HEADER_ERRORS_OFFSET_NAME, offset)
                    .containsEntry(DeadLetterQueueReporter.ERROR_HEADER_ORIG_TOPIC, letter.getTopic())
                    .containsEntry(DeadLetterQueueReporter.ERROR_HEADER_ORIG_PARTITION, partition)
                    .containsEntry(DeadLetterQueueReporter.ERROR_HEADER_ORIG_OFFSET, offset)
                    .containsEntry(DeadLetterQueueReporter.ERROR_HEADER_CONNECTOR_NAME, topics.prefix + "pipeline")
                    .containsEntry(DeadLetterQueueReporter.ERROR_HEADER_TASK_ID, "0")
                    .containsEntry(DeadLetterQueueReporter.ERROR_HEADER_EXECUTING_CLASS, EncodeOperator.class.getName())
                    .containsEntry(DeadLetterQueueReporter.ERROR_HEADER_EXCEPTION, letter.getCode())
                    .containsEntry(DeadLetterQueueReporter.ERROR_HEADER_EXCEPTION_MESSAGE, letter.getMessage())
                    .containsEntry(DeadLetterQueueReporter.ERROR_HEADER_EXCEPTION_STACK_TRACE, trace);
            assertThat(Stage.valueOf(headers.get(i).get(DeadLetterQueueReporter.ERROR_HEADER_STAGE)))
                    .isEqualTo(letter.getStage().equals("ingest") ? Stage.VALUE_CONVERTER : Stage.TRANSFORMATION);
        }
    }

    @Test
    void areListedByTheTimeOfTheirFailureAndAStrangeTopicIsToldOf() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 1)) {
            SharedStack.get().broker().createTopics(3, topics.prefix + "media.dead-letters");
            int[] order = {4, 1, 5, 0, 3, 2};
            for (int i = 0; i < order.length; i++) {
                topics.forge(
                        "media.dead-letters",
                        "key-" + i,
                        DeadLetter.newBuilder()
                                .setTopic(topics.topic("text"))
                                .setPartition(0)
                                .setOffset(order[i])
                                .setTimestamp(Instant.ofEpochMilli(T))
                                .setValueSize(1)
                                .setStage("ingest")
                                .setCode("UNDECODABLE")
                                .setFault("PRODUCER")
                                .setMessage("wrong")
                                .setFailedAt(Instant.ofEpochMilli(T + order[i]))
                                .build());
            }
            topics.flush();
            assertThat(topics.records("media.dead-letters"))
                    .extracting(ConsumerRecord::partition)
                    .as("over several partitions")
                    .contains(0, 1, 2);
            Path file = Files.writeString(
                    folder.resolve("pipeline.yaml"),
                    topics.yaml("strategy: tumbling, size: 10s, min_modalities: 1", "parallelism: 1"));
            CommandResult all = CommandResult.to("dlq", "list", "-c", file.toString());
            assertThat(all.out()
                            .lines()
                            .filter(line -> line.contains("@"))
                            .map(line -> line.replaceAll(".*media.text-0@([0-9]).*", "$1"))
                            .toList())
                    .containsExactly("0", "1", "2", "3", "4", "5");
            assertThat(all.err()).doesNotContain("warning");
            CommandResult strange =
                    CommandResult.to("dlq", "list", "-c", file.toString(), "--topic", topics.topic("txt"));
            assertThat(strange.err())
                    .contains("warning: --topic " + topics.topic("txt")
                            + " is not an input topic of this pipeline; did you mean \"" + topics.topic("text")
                            + "\"?");
            assertThat(strange.out()).contains("no dead letters");
        }
    }

    /** Whoever can write to the topic ends neither command, whatever it is that was written. */
    @Test
    void recordsThatAreNoDeadLettersArePassedOver() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 1)) {
            SharedStack.get().broker().createTopics(1, topics.prefix + "media.dead-letters");
            // An id that no registry has, one that none can have, another record's schema, no wire format, a tombstone.
            topics.sendRaw("dead-letters", "x", new byte[] {0, 0x7f, 0, 0, (byte) 0xff});
            topics.sendRaw("dead-letters", "x", new byte[] {0, -1, -1, -1, -1, 7});
            topics.sendRaw("dead-letters", "x", topics.encode("text", topics.event("text", "s", "t", T, "text")));
            topics.sendRaw("dead-letters", "x", "no letter".getBytes(StandardCharsets.UTF_8));
            topics.sendRaw("dead-letters", null, null);
            topics.flush();
            byte[] value = topics.encode("text", topics.event("text", "s", "t", T, "text"));
            topics.forge(
                    "media.dead-letters",
                    "s",
                    DeadLetter.newBuilder()
                            .setTopic(topics.topic("text"))
                            .setPartition(0)
                            .setOffset(0)
                            .setTimestamp(Instant.ofEpochMilli(T))
                            .setValue(ByteBuffer.wrap(value))
                            .setValueSize(value.length)
                            .setStage("encode")
                            .setCode("MODEL_FAILED")
                            .setFault("PLATFORM")
                            .setMessage("wrong")
                            .setFailedAt(Instant.ofEpochMilli(T))
                            .build());
            Path file = Files.writeString(
                    folder.resolve("pipeline.yaml"),
                    topics.yaml("strategy: tumbling, size: 10s, min_modalities: 1", "parallelism: 1"));
            CommandResult listed = CommandResult.to("dlq", "list", "-c", file.toString());
            assertThat(listed.code()).as(listed.err()).isZero();
            assertThat(listed.out()).contains("{MODEL_FAILED=1}");
            assertThat(listed.err().lines()).hasSize(5).allMatch(line -> line.contains(" is not a dead letter: "));
            CommandResult replayed = CommandResult.to("dlq", "replay", "-c", file.toString());
            assertThat(replayed.code()).as(replayed.err()).isZero();
            assertThat(replayed.out()).contains("1 sent");
            assertThat(replayed.err().lines()).hasSize(5);
            assertThat(topics.records("media.text")).hasSize(1);
        }
    }

    /**
     * Rubbish by the hundred megabytes goes past a heap that could not hold it; what is good among it comes out, and
     * nobody's words reach a log.
     */
    @Test
    void aFloodNeitherStopsTheJobNorFillsItsMemoryNorReachesTheLogs() throws Exception {
        int flood = 8_000;
        String words = "PRIVATE-7c1e";
        try (TestTopics topics = new TestTopics(SharedStack.get(), 2)) {
            byte[] rubbish = (words + "x".repeat(40_000)).getBytes(StandardCharsets.UTF_8);
            for (int i = 0; i < flood; i++) {
                topics.sendRaw("text", words, rubbish);
                if (i % 100 == 0) {
                    topics.send("text", topics.event("text", words + i, "t", T, words + " at the beach"));
                    topics.send(
                            "image",
                            topics.event(
                                    "image",
                                    words + i,
                                    "i",
                                    T,
                                    (words + " is no picture").getBytes(StandardCharsets.UTF_8)));
                }
            }
            topics.flush();
            Path file = Files.writeString(
                    folder.resolve("pipeline.yaml"),
                    topics.yaml(
                            "strategy: tumbling, size: 10s, min_modalities: 1",
                            "parallelism: 2, checkpoint_interval: 1s"));
            Process process = CommandProcess.start(
                    folder, List.of("-Xmx256m", CommandProcess.SHORT_LIVED), "run", "-c", file.toString(), "--bounded");
            assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
            StringBuilder logs = new StringBuilder();
            for (String log : List.of("out.log", "err.log", "command.log")) {
                logs.append(Files.exists(folder.resolve(log)) ? Files.readString(folder.resolve(log)) : "");
            }
            assertThat(process.exitValue()).as(logs.toString()).isZero();
            assertThat(topics.read("results.sentiment", new SentimentResult())).hasSize(flood / 100);
            assertThat(topics.records("media.dead-letters")).hasSize(flood + flood / 100);
            assertThat(logs.toString()).isNotEmpty().doesNotContain(words);
        }
    }
}
