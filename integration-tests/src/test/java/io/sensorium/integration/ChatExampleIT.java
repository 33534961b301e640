// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static io.sensorium.integration.CommandProcess.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.CodedOutputStream;
import io.sensorium.job.config.Modality;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.job.inspect.TopicInspection;
import io.sensorium.job.models.PipelineModels;
import io.sensorium.job.records.FailureCode;
import io.sensorium.job.records.IngestRecord;
import io.sensorium.job.run.PipelineCheck;
import io.sensorium.quickstart.layout.DistributionLayout;
import io.sensorium.results.DeadLetter;
import io.sensorium.results.SentimentResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code examples/chat.yaml} as it stands: a chat's messages in Protobuf, its pictures as raw JPEGs. */
class ChatExampleIT {

    private static final long T = 1_700_000_000_000L;

    @TempDir
    Path folder;

    private static byte[] message(String id, String room, long time, int bodyField, byte[] body) throws Exception {
        byte[] sentAt = ProtobufProducer.message(out -> {
            out.writeInt64(1, time / 1000);
            out.writeInt32(2, (int) (time % 1000) * 1_000_000);
        });
        byte[] author = ProtobufProducer.message(out -> {
            out.writeString(1, "Ada");
            out.writeEnum(2, 2);
        });
        byte[] label = ProtobufProducer.message(out -> {
            out.writeString(1, "lang");
            out.writeString(2, "en");
        });
        return ProtobufProducer.message((CodedOutputStream out) -> {
            out.writeString(1, id);
            out.writeString(2, room);
            out.writeByteArray(3, sentAt);
            out.writeByteArray(4, author);
            out.writeByteArray(bodyField, body);
            out.writeByteArray(7, label);
        });
    }

    private String example(TestTopics topics) throws Exception {
        return Files.readString(DistributionLayout.root().resolve("examples/chat.yaml"))
                .replace("localhost:9092", SharedStack.get().bootstrapServers())
                .replace("http://localhost:8081", SharedStack.get().registryUrl())
                .replace("chat.messages", topics.topic("text"))
                .replace("chat.pictures", topics.topic("image"))
                .replaceAll("chat\\.(sentiment|incomplete|late|dead-letters)", topics.prefix + "chat.$1")
                .replace("./state/chat", folder.resolve("state").toString());
    }

    @Test
    void roomsGetASentimentAndAStickerIsADeadLetter() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 1)) {
            int id = ProtobufProducer.register(
                    SharedStack.get().registryUrl(),
                    topics.topic("text") + "-value",
                    Files.readString(DistributionLayout.root().resolve("examples/chat.proto")),
                    Map.of());
            byte[] text = "What a wonderful day at the beach!".getBytes(java.nio.charset.StandardCharsets.UTF_8);
            topics.sendRaw("text", "any", ProtobufProducer.framed(id, message("m1", "garden", T, 5, text)));
            topics.sendRaw("text", "any", ProtobufProducer.framed(id, message("m2", "garden", T + 1, 6, new byte[0])));
            topics.sendAt("image", "garden", T + 2_000, TestTopics.sample("beach.jpg"));
            topics.flush();
            String example = example(topics);
            PipelineConfig config = PipelineFile.parse("chat.yaml", example);

            PipelineCheck sound = PipelineCheck.of(config);
            assertThat(sound.problems()).isEmpty();
            assertThat(PipelineCheck.of(PipelineFile.parse("chat.yaml", example.replace("$.sent_at", "$.sentAt")))
                            .problems())
                    .singleElement()
                    .asString()
                    .startsWith("modalities.text.event.event_time: is \"$.sentAt\", but $ has no field \"sentAt\"; did "
                            + "you mean \"sent_at\"? in message ChatMessage in schema id " + id);
            topics.encode("audio", topics.event("audio", "x", "x", T, new byte[0]));
            assertThat(PipelineCheck.of(PipelineFile.parse(
                                    "chat.yaml", example.replace(topics.topic("text"), topics.topic("audio"))))
                            .problems())
                    .singleElement()
                    .asString()
                    .startsWith("modalities.text.format: is protobuf, but schema id ")
                    .endsWith("is of type AVRO; set the format that the producer writes");
            inspected(config);

            topics.runBounded(config);

            // The broker may mark a transaction as committed a moment after the job was told so.
            await("the room's result")
                    .atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(topics.read("chat.sentiment", new SentimentResult()))
                            .as("with dead letters %s", topics.read("chat.dead-letters", new DeadLetter()))
                            .isNotEmpty());
            SentimentResult result = topics.read("chat.sentiment", new SentimentResult()).stream()
                    .reduce((first, last) -> last)
                    .orElseThrow();
            assertThat(result.getSubjectId()).isEqualTo("garden");
            assertThat(result.getModalities()).containsExactly("image", "text");
            assertThat(result.getAttributes()).isEqualTo(Map.of("role", "MODERATOR", "lang", "en"));
            assertThat(result.getInputs())
                    .extracting(input -> input.getModality() + " " + input.getEventId() + " "
                            + input.getEventTime().toEpochMilli())
                    .containsExactly("image " + topics.topic("image") + "-0-0 " + (T + 2_000), "text m1 " + T);
            assertThat(topics.read("chat.dead-letters", new DeadLetter()))
                    .singleElement()
                    .satisfies(letter -> {
                        assertThat(letter.getCode()).isEqualTo("INVALID_EVENT");
                        assertThat(letter.getMessage()).startsWith("payload ($.text) matches nothing in the record");
                    });
        }
    }

    private static void inspected(PipelineConfig config) throws Exception {
        PipelineModels models = PipelineModels.resolve(config, new ArrayList<>(), new ArrayList<>())
                .orElseThrow();
        Modality text = config.modalities().stream()
                .filter(modality -> modality.name().equals("text"))
                .findFirst()
                .orElseThrow();
        try (TopicInspection inspection = new TopicInspection(config, models)) {
            List<TopicInspection.Inspected> messages = inspection.newest(text, 5);
            assertThat(messages).hasSize(2);
            IngestRecord.Event event = (IngestRecord.Event) messages.get(0).record();
            assertThat(List.of(event.eventId(), event.subjectId(), event.time()))
                    .isEqualTo(List.of("m1", "garden", T));
            assertThat(messages.get(0).content()).isEqualTo("a text of 34 characters");
            assertThat(((IngestRecord.Rejected) messages.get(1).record()).code())
                    .isEqualTo(FailureCode.INVALID_EVENT);
        }
    }
}
