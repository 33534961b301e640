// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.encode;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.config.Modality;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.job.models.PipelineModels;
import io.sensorium.job.records.Coordinates;
import io.sensorium.job.records.IngestRecord;
import io.sensorium.job.records.KeyedEncodedEvent;
import io.sensorium.job.records.OutputSchemas;
import io.sensorium.job.serde.KeyedEncodedEventSerializer;
import io.sensorium.operators.encode.Content;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What leaves the encoder of sounds of which a transcript is derived. */
@Timeout(120)
class DerivedEventsTest {

    private static final Path SAMPLES =
            Path.of(System.getProperty("sensorium.root"), "quickstart/src/main/resources/sample");
    private static final int DIMENSION = 417;

    private static PipelineConfig config() throws Exception {
        return PipelineFile.parse("derive.yaml", """
                modalities:
                  audio: {encoder: audio-speech-embedding, derive: {speech: transcript}}
                align: {strategy: tumbling, size: 10ms, min_modalities: 1}
                operators:
                  sentiment: {type: sentiment, inputs: {text: [speech]}}
                """);
    }

    private static OneInputStreamOperatorTestHarness<IngestRecord, KeyedEncodedEvent> harness(
            PipelineConfig config, int modality) throws Exception {
        Map<String, Integer> ids = new HashMap<>();
        OutputSchemas.topics(config).keySet().forEach(topic -> ids.put(topic, 1));
        PipelineModels models = PipelineModels.require("derive.yaml", config, new ArrayList<>());
        var harness = new OneInputStreamOperatorTestHarness<IngestRecord, KeyedEncodedEvent>(
                new EncodeOperatorFactory(config, models.fileBundle(config), modality, new OutputSchemas(ids), null));
        harness.setup(KeyedEncodedEventSerializer.INSTANCE);
        harness.open();
        return harness;
    }

    private static IngestRecord.Event event(long offset, Content content, byte[] vector) {
        return new IngestRecord.Event(
                new Coordinates("media.audio", 3, offset, 0, null, new byte[] {1}, Map.of()),
                "e" + offset,
                "s",
                1000 + offset,
                content,
                null,
                vector,
                vector == null ? null : "audio-speech-embedding",
                Map.of("lang", "en"),
                5);
    }

    private static Content sound(String name) throws IOException {
        return new Content.Media(Files.readAllBytes(SAMPLES.resolve(name)));
    }

    private static List<IngestRecord.Event> derived(
            OneInputStreamOperatorTestHarness<IngestRecord, KeyedEncodedEvent> harness, Modality modality) {
        Queue<StreamRecord<IngestRecord>> output = harness.getSideOutput(EncodeOperator.derived(modality));
        return output == null
                ? List.of()
                : output.stream()
                        .map(record -> (IngestRecord.Event) record.getValue())
                        .toList();
    }

    @Test
    void aSoundWithWordsIsTwoEventsAndTheDerivedOneIsEncodedAsText() throws Exception {
        PipelineConfig config = config();
        Modality speech = config.modalities().get(1);
        List<IngestRecord.Event> events;
        try (var harness = harness(config, 0)) {
            harness.processElement(new StreamRecord<>(event(0, sound("crash.flac"), null)));
            harness.processWatermark(new Watermark(500));
            harness.prepareSnapshotPreBarrier(1);

            events = derived(harness, speech);
            assertThat(harness.extractOutputValues()).hasSize(1);
        }
        assertThat(events).singleElement().satisfies(event -> {
            assertThat(((Content.Text) event.content()).text()).containsIgnoringCase("accident on the road");
            assertThat(event.eventId()).isEqualTo("e0");
            assertThat(event.subjectId()).isEqualTo("s");
            assertThat(event.time()).isEqualTo(1000);
            assertThat(event.origin().item()).isEqualTo("media.audio-3 offset 0");
            assertThat(event.attributes()).isEqualTo(Map.of("lang", "en"));
            assertThat(event.signals().get("words")).isBetween(4.0, 8.0);
            assertThat(event.signals().get("confidence")).isBetween(0.4, 1.0);
        });
        try (var harness = harness(config, 1)) {
            harness.processElement(new StreamRecord<>(events.get(0)));
            harness.prepareSnapshotPreBarrier(1);

            assertThat(harness.extractOutputValues()).singleElement().satisfies(encoded -> {
                assertThat(encoded.event().modality()).isEqualTo(1);
                assertThat(encoded.event().embeddings()).hasSize(1);
                assertThat(encoded.event().signals()).isEqualTo(events.get(0).signals());
                assertThat(encoded.event().partition()).isEqualTo(3);
            });
        }
    }

    @Test
    void silenceReadyEmbeddingsAndDamagedSoundsHaveNoDerivedEvent() throws Exception {
        PipelineConfig config = config();
        try (var harness = harness(config, 0)) {
            harness.processElement(new StreamRecord<>(event(0, null, new byte[DIMENSION * Float.BYTES])));
            harness.processElement(new StreamRecord<>(event(1, new Content.Media(new byte[] {1, 2, 3}), null)));
            harness.processElement(new StreamRecord<>(event(2, sound("crash.flac"), null)));
            harness.prepareSnapshotPreBarrier(1);

            assertThat(derived(harness, config.modalities().get(1)))
                    .extracting(IngestRecord.Event::eventId)
                    .containsExactly("e2");
            assertThat(harness.extractOutputValues()).hasSize(2);
            assertThat(harness.getSideOutput(EncodeOperator.DEAD_LETTERS)).hasSize(1);
        }
    }
}
