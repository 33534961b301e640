// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest.format;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.job.config.SharedTopics;
import io.sensorium.job.ingest.EventReader;
import io.sensorium.job.records.Coordinates;
import io.sensorium.job.records.IngestRecord;
import io.sensorium.job.serde.IngestRecordSerializer;
import io.sensorium.operators.encode.Content;
import io.sensorium.operators.pack.ModelKind;
import io.sensorium.schemas.SchemaRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;

/** Posts with an image and a caption in one record, which two modalities read. */
class SharedTopicEventsTest {

    private static final String FILE = """
            modalities:
              image:
                topic: posts
                encoder: i
                clock_offset: 5ms
                format: FORMAT
                event: {event_id: $.id, subject_id: $.id, event_time: $.at, payload: $.image}
              text:
                topic: posts
                encoder: t
                format: FORMAT
                event: {event_id: $.id, subject_id: $.id, event_time: $.at, payload: $.caption}
            operators: {s: {type: sentiment}}
            """;
    private static final SchemaRegistry NO_SCHEMAS = new SchemaRegistry() {
        @Override
        public int register(String subject, String avroSchema) {
            throw new UnsupportedOperationException();
        }

        @Override
        public String schemaOf(int id) throws IOException {
            throw new UnknownSchemaException(id, null);
        }
    };

    private static List<IngestRecord> read(String format, byte[] value) throws Exception {
        PipelineConfig config = PipelineFile.parse("p", FILE.replace("FORMAT", format));
        List<IngestRecord> read = new ArrayList<>();
        List<ModelKind> kinds = List.of(ModelKind.IMAGE_ENCODER, ModelKind.TEXT_ENCODER);
        for (int i = 0; i < kinds.size(); i++) {
            read.add(EventReader.of(config, config.modalities().get(i), kinds.get(i), NO_SCHEMAS)
                    .read(new Coordinates("posts", 0, 7, 1_000, null, value, Map.of())));
        }
        return read;
    }

    private static List<String> outcomes(String json) throws Exception {
        return outcomes(read("json", json.getBytes(StandardCharsets.UTF_8)));
    }

    private static List<String> outcomes(List<IngestRecord> read) {
        return read.stream()
                .map(record -> record instanceof IngestRecord.Event event
                        ? "event " + event.eventId()
                        : record instanceof IngestRecord.Absent absent
                                ? "absent " + absent.time()
                                : ((IngestRecord.Rejected) record).code() + " "
                                        + ((IngestRecord.Rejected) record).message())
                .toList();
    }

    @Test
    void bothModalitiesGetTheirEventOfARecord() throws Exception {
        List<IngestRecord> read = read("json", """
                {"id": "p1", "at": 5000, "image": "/9j/", "caption": "A beach"}""".getBytes(StandardCharsets.UTF_8));
        assertThat(outcomes(read)).containsExactly("event p1", "event p1");
        assertThat(((IngestRecord.Event) read.get(1)).content()).isEqualTo(new Content.Text("A beach"));
    }

    @Test
    void aMissingNullOrEmptyPayloadIsNoEventAndTellsTheTime() throws Exception {
        for (String image : List.of("", "\"image\": null,", "\"image\": \"\",")) {
            assertThat(outcomes("{\"id\": \"p1\", \"at\": 5000, " + image + " \"caption\": \"A beach\"}"))
                    .containsExactly("absent 5005", "event p1");
        }
        assertThat(outcomes("{\"id\": \"p1\", \"at\": 5000, \"image\": \"/9j/\"}"))
                .containsExactly("event p1", "absent 5000");
    }

    @Test
    void aTimeThatNoEventMayHaveIsNone() throws Exception {
        assertThat(outcomes("{\"id\": \"p1\", \"at\": -5, \"image\": \"/9j/\"}"))
                .satisfies(both -> assertThat(both.get(0)).startsWith("EVENT_TIME_OUT_OF_RANGE"))
                .satisfies(both -> assertThat(both.get(1)).isEqualTo("absent " + IngestRecord.Absent.NO_TIME));
        assertThat(outcomes("{\"id\": \"p1\", \"image\": \"/9j/\"}").get(1))
                .isEqualTo("absent " + IngestRecord.Absent.NO_TIME);
    }

    @Test
    void whatCannotBeReadAtAllFailsOnce() throws Exception {
        assertThat(outcomes("{\"id\": "))
                .satisfies(both -> assertThat(both.get(0)).startsWith("UNDECODABLE not JSON"))
                .satisfies(both -> assertThat(both.get(1)).isEqualTo("absent " + IngestRecord.Absent.NO_TIME));
        assertThat(outcomes("{\"id\": \"p1\", \"at\": 5000}"))
                .satisfies(both -> assertThat(both.get(0))
                        .startsWith("INVALID_EVENT")
                        .contains("image ($.image), text ($.caption)"))
                .satisfies(both -> assertThat(both.get(1)).isEqualTo("absent 5000"));
    }

    @Test
    void aMessageAboutTheWholeRecordNamesNoModality() throws Exception {
        PipelineConfig config = PipelineFile.parse("p", FILE.replace("FORMAT", "json"));
        String whole = outcomes("{\"id\": \"p1\", \"at\": 5000}").get(0).replaceFirst("^[A-Z_]+ ", "");
        assertThat(SharedTopics.message(config.modalities(), config.modalities().get(0), whole))
                .isEqualTo(whole)
                .startsWith("the record has no payload of any modality");
        assertThat(SharedTopics.message(config.modalities(), config.modalities().get(0), "payload is wrong"))
                .isEqualTo("modality image: payload is wrong");
    }

    /** Whether the registry has it may change between the two reads, so neither may rely on the other. */
    @Test
    void anUnknownSchemaFailsEachModalitysEvent() throws Exception {
        assertThat(outcomes(read("avro", new byte[] {0, 0, 0, 0, 9, 1})))
                .hasSize(2)
                .allSatisfy(outcome -> assertThat(outcome).startsWith("UNKNOWN_SCHEMA"));
    }

    @Test
    void oneModalitysFailureLeavesTheOthersEvent() throws Exception {
        assertThat(outcomes("{\"id\": \"p1\", \"at\": 5000, \"image\": \"*\", \"caption\": \"A beach\"}"))
                .satisfies(both -> assertThat(both.get(0)).startsWith("CORRUPT_MEDIA"))
                .satisfies(both -> assertThat(both.get(1)).isEqualTo("event p1"));
    }

    @Test
    void aRecordWithoutAnEventCrossesBrokenChains() throws Exception {
        IngestRecord absent = read("json", """
                {"id": "p1", "at": 5000, "caption": "A beach"}""".getBytes(StandardCharsets.UTF_8)).get(0);
        DataOutputSerializer out = new DataOutputSerializer(64);
        IngestRecordSerializer.INSTANCE.serialize(absent, out);
        IngestRecord copy =
                IngestRecordSerializer.INSTANCE.deserialize(new DataInputDeserializer(out.getCopyOfBuffer()));
        assertThat(copy).isInstanceOfSatisfying(IngestRecord.Absent.class, read -> {
            assertThat(read.time()).isEqualTo(5_005);
            assertThat(read.origin().item()).isEqualTo("posts-0 offset 7");
        });
    }
}
