// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static io.sensorium.integration.CommandProcess.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sensorium.results.DeadLetter;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Dead letters of topics that were deleted or created again since: {@code dlq replay} sends no other record in the
 * place of the one that failed, and no letter keeps the others back.
 */
@Timeout(600)
class RecreatedTopicsIT {

    @TempDir
    Path folder;

    private TestTopics topics;
    private Path file;

    @BeforeEach
    void createTopics() throws Exception {
        topics = new TestTopics(SharedStack.get(), 3);
        SharedStack.get().broker().createTopics(1, topics.prefix + "media.dead-letters");
        file = Files.writeString(
                folder.resolve("pipeline.yaml"),
                topics.yaml("strategy: tumbling, size: 10s, min_modalities: 1", "parallelism: 1"));
    }

    @Test
    void noOtherRecordIsSentInThePlaceOfTheOneThatFailed() throws Exception {
        topics.send("text", 0, topics.event("text", "anna", "t1", 1, "first"));
        topics.send("text", 0, topics.event("text", "anna", "t2", 2, "second"));
        topics.flush();
        List<ConsumerRecord<byte[], byte[]>> first = topics.records("media.text");
        letter("anna", coordinates(first.get(0)).build());
        assertThat(replay().out()).contains("1 sent");
        Instant beforeRecreation = Instant.now();

        recreate("text", 3);
        TestTopics later = successor();
        for (int i = 0; i < 3; i++) {
            later.send("text", 0, later.event("text", "bert", "u" + i, i, "a good record"));
        }
        later.flush();
        List<ConsumerRecord<byte[], byte[]>> second = later.records("media.text");
        // Of the topic that is gone: with its timestamp, and of a failure after encoding, which knows none.
        letter("anna", coordinates(first.get(1)).build());
        letter("anna", afterEncoding(2).setFailedAt(beforeRecreation).build());
        // As it would be where producers set the records' timestamps.
        letter("anna", afterEncoding(2).build());
        CommandResult replayed = replay();
        assertThat(replayed.code()).isZero();
        assertThat(replayed.out())
                .contains(
                        "1 sent before, 3 gone", "another record is at its place now", "the topic has been recreated");
        assertThat(later.records("media.text")).hasSize(3);

        // Of the topic that there is now, at the place that was noted before.
        letter("bert", coordinates(second.get(0)).build());
        letter("bert", afterEncoding(1).build());
        assertThat(list("--unresolved").out()).contains("{MODEL_FAILED=5}");
        assertThat(replay().out()).contains("2 sent, 1 sent before, 3 gone");
        assertThat(later.records("media.text")).hasSize(5);
        assertThat(replay().out()).contains("3 sent before, 3 gone");
        assertThat(list().out()).contains("{MODEL_FAILED=6}, 3 replayed");
    }

    @Test
    void aLetterWhosePartitionIsGoneKeepsNoOtherBack() throws Exception {
        byte[] value = topics.encode("text", topics.event("text", "anna", "t", 1, "text"));
        letter("anna", withBytes("text", 2, value));
        letter("anna", afterEncoding(0).setPartition(2).build());
        letter("anna", withBytes("audio", 0, value));
        letter("anna", withBytes("text", -1, value));
        letter("anna", withBytes("text", 0, value));
        recreate("text", 1);
        delete("audio");
        CommandResult replayed = replay();
        assertThat(replayed.err()).isEmpty();
        assertThat(replayed.code()).isZero();
        assertThat(replayed.out()).contains("its partition no longer exists", "1 sent, 4 gone");
        assertThat(topics.records("media.text")).hasSize(1);
        assertThat(list().code()).isZero();
    }

    private CommandResult replay() {
        return CommandResult.to("dlq", "replay", "-c", file.toString());
    }

    private CommandResult list(String... options) {
        return CommandResult.to(Stream.concat(Stream.of("dlq", "list", "-c", file.toString()), Stream.of(options))
                .toArray(String[]::new));
    }

    /** The same topics with a producer that knows nothing of those that were deleted. */
    private TestTopics successor() throws Exception {
        return new TestTopics(
                topics.prefix,
                SharedStack.get().broker().clientProperties(),
                SharedStack.get().registryUrl());
    }

    private void delete(String modality) throws Exception {
        try (Admin admin = Admin.create(SharedStack.get().broker().clientProperties())) {
            admin.deleteTopics(List.of(topics.topic(modality))).all().get();
            await("the topic to be gone")
                    .atMost(PATIENCE)
                    .until(() -> !admin.listTopics().names().get().contains(topics.topic(modality)));
        }
    }

    private void recreate(String modality, int partitions) throws Exception {
        delete(modality);
        SharedStack.get().broker().createTopics(partitions, topics.topic(modality));
    }

    private void letter(String key, DeadLetter letter) throws Exception {
        topics.forge("media.dead-letters", key, letter);
    }

    private DeadLetter.Builder empty(String modality, int partition, long offset) {
        return DeadLetter.newBuilder()
                .setTopic(topics.topic(modality))
                .setPartition(partition)
                .setOffset(offset)
                .setTimestamp(Instant.EPOCH)
                .setValueSize(-1)
                .setStage("fuse")
                .setCode("MODEL_FAILED")
                .setFault("PLATFORM")
                .setMessage("wrong")
                .setFailedAt(Instant.now());
    }

    /** As of an event that failed after encoding. */
    private DeadLetter.Builder afterEncoding(long offset) {
        return empty("text", 0, offset);
    }

    /** As of a record that was too large for its letter. */
    private DeadLetter.Builder coordinates(ConsumerRecord<byte[], byte[]> record) {
        return empty("text", record.partition(), record.offset())
                .setTimestamp(Instant.ofEpochMilli(record.timestamp()))
                .setKey(ByteBuffer.wrap(record.key()))
                .setValueSize(record.value().length);
    }

    private DeadLetter withBytes(String modality, int partition, byte[] value) {
        return empty(modality, partition, 0)
                .setTimestamp(Instant.now())
                .setValue(ByteBuffer.wrap(value))
                .setValueSize(value.length)
                .build();
    }
}
