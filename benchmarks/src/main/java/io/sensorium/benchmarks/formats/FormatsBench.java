// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks.formats;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.CodedOutputStream;
import io.sensorium.benchmarks.load.InterleavedRuns;
import io.sensorium.benchmarks.load.Workload;
import io.sensorium.benchmarks.report.Report;
import io.sensorium.events.Embedding;
import io.sensorium.events.ImageEvent;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineConfig.Limits;
import io.sensorium.job.config.PipelineConfig.ValidTime;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.job.ingest.EventReader;
import io.sensorium.job.ingest.format.EventFormats;
import io.sensorium.job.records.Coordinates;
import io.sensorium.job.records.IngestRecord;
import io.sensorium.operators.pack.ModelKind;
import io.sensorium.schemas.RegisteredSchema;
import io.sensorium.schemas.SchemaRegistry;
import io.sensorium.schemas.WireFormatEncoder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;

/**
 * Records of one content in each format, read as the job reads them, by one thread: from a record's bytes to an event,
 * its fields found and checked; media are not decoded. For one thread.
 */
public final class FormatsBench {

    private static final int DIMENSION = 768;
    private static final int IMAGE_BYTES = 60_000;
    private static final int RECORDS_A_STEP = 10;
    private static final long TIME = 1_700_000_000_000L;
    private static final int SCHEMA = 1;
    private static final String PROTOBUF = """
            syntax = "proto3";
            message Upload {
              string event_id = 1;
              string subject_id = 2;
              int64 event_time = 3;
              string content_type = 4;
              oneof payload { bytes image = 5; Embedding embedding = 6; }
              map<string, string> attributes = 7;
            }
            message Embedding { string model = 1; repeated float vector = 2; }
            """;

    /**
     * @param rounds how often each contender runs
     * @param seconds of each run
     */
    public record Plan(int rounds, double seconds) {}

    private static final class OneSchema implements SchemaRegistry {
        @Override
        public int register(String subject, String avroSchema) {
            return SCHEMA;
        }

        @Override
        public String schemaOf(int id) {
            return ImageEvent.getClassSchema().toString();
        }

        @Override
        public RegisteredSchema find(int id) {
            return new RegisteredSchema("PROTOBUF", PROTOBUF, Map.of());
        }
    }

    private final Plan plan;
    private final PrintStream progress;
    private final Report report = new Report("formats");
    private final List<Float> vector = new ArrayList<>();
    private final byte[] image = new byte[IMAGE_BYTES];

    public FormatsBench(Plan plan, PrintStream progress) {
        this.plan = plan;
        this.progress = progress;
        Random random = new Random(1);
        random.nextBytes(image);
        for (int i = 0; i < DIMENSION; i++) {
            vector.add((float) random.nextGaussian());
        }
    }

    /**
     * Runs everything.
     *
     * @throws Exception when a contender fails
     */
    public Report run() throws Exception {
        InterleavedRuns rounds = new InterleavedRuns(plan.rounds(), plan.seconds(), progress);
        rounds.measure(
                "embedding",
                contenders(
                        avro(new Embedding("image-inception-mixed5", vector)),
                        json(Map.of("vector", vector)),
                        protobuf(false),
                        "$.payload.vector",
                        "$.embedding.vector",
                        "embedding"),
                "events",
                report);
        rounds.measure(
                "image",
                contenders(avro(ByteBuffer.wrap(image)), json(image), protobuf(true), "$.payload", "$.image", null),
                "events",
                report);
        return report;
    }

    private static Map<String, Callable<Workload>> contenders(
            byte[] avro, byte[] json, byte[] protobuf, String payload, String protobufPayload, String as) {
        String bytes = as == null ? "bytes" : as;
        Map<String, Callable<Workload>> contenders = new LinkedHashMap<>();
        contenders.put(InterleavedRuns.OURS, () -> load("", avro));
        contenders.put("mapped-avro", () -> load(mapping("avro", payload, bytes), avro));
        contenders.put("mapped-json", () -> load(mapping("json", payload, as == null ? "base64" : as), json));
        contenders.put("mapped-protobuf", () -> load(mapping("protobuf", protobufPayload, bytes), protobuf));
        return contenders;
    }

    private static String mapping(String format, String payload, String as) {
        return """
                , format: %s, event: {event_id: $.event_id, subject_id: $.subject_id, event_time: $.event_time,
                    payload: {from: %s, as: %s}, content_type: $.content_type, attributes: {channel: $.attributes.channel}}
                """.formatted(format, payload, as);
    }

    private static Workload load(String mapping, byte[] value) throws Exception {
        PipelineConfig config = PipelineFile.parse("formats.yaml", """
                modalities:
                  image: {topic: uploads, encoder: image-inception-mixed5%s}
                align: {size: 10s, min_modalities: 1}
                operators: {s: {type: sentiment}}
                emit: {attributes: [channel]}
                """.formatted(mapping));
        EventReader reader = new EventReader(
                ModelKind.IMAGE_ENCODER,
                Duration.ZERO,
                new ValidTime(Instant.ofEpochMilli(1), Duration.ofDays(1)),
                config.emitAttributes(),
                Limits.DEFAULT,
                EventFormats.of(
                        config.modalities().get(0),
                        config.modalities(),
                        ModelKind.IMAGE_ENCODER,
                        new OneSchema(),
                        new UnregisteredMetricsGroup()),
                Clock.systemUTC());
        Coordinates record = new Coordinates("uploads", 0, 1, TIME, null, value, Map.of());
        return Workload.threads(List.of((Workload.Worker) () -> {
            for (int i = 0; i < RECORDS_A_STEP; i++) {
                if (reader.read(record) instanceof IngestRecord.Rejected rejected) {
                    throw new IllegalStateException(rejected.message());
                }
            }
            return RECORDS_A_STEP;
        }));
    }

    private static byte[] avro(Object payload) {
        return new WireFormatEncoder<ImageEvent>(ImageEvent.getClassSchema(), SCHEMA)
                .encode(new ImageEvent(
                        "event-1",
                        "subject-1",
                        Instant.ofEpochMilli(TIME),
                        "image/jpeg",
                        payload,
                        Map.of("channel", "a")));
    }

    /** Jackson writes bytes as base64. */
    private static byte[] json(Object payload) throws IOException {
        Map<String, Object> event = new LinkedHashMap<>();
        event.put("event_id", "event-1");
        event.put("subject_id", "subject-1");
        event.put("event_time", TIME);
        event.put("content_type", "image/jpeg");
        event.put("payload", payload);
        event.put("attributes", Map.of("channel", "a"));
        return new ObjectMapper().writeValueAsBytes(event);
    }

    private byte[] protobuf(boolean media) throws IOException {
        ByteBuffer packed = ByteBuffer.allocate(DIMENSION * Float.BYTES).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        vector.forEach(packed::putFloat);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        // Magic byte, schema id, the first message.
        bytes.write(new byte[] {0, 0, 0, 0, SCHEMA, 0});
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        out.writeString(1, "event-1");
        out.writeString(2, "subject-1");
        out.writeInt64(3, TIME);
        out.writeString(4, "image/jpeg");
        if (media) {
            out.writeByteArray(5, image);
        } else {
            out.writeByteArray(6, message(inner -> {
                inner.writeString(1, "image-inception-mixed5");
                inner.writeByteArray(2, packed.array());
            }));
        }
        out.writeByteArray(7, message(inner -> {
            inner.writeString(1, "channel");
            inner.writeString(2, "a");
        }));
        out.flush();
        return bytes.toByteArray();
    }

    private interface Fields {
        void write(CodedOutputStream out) throws IOException;
    }

    private static byte[] message(Fields fields) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        fields.write(out);
        out.flush();
        return bytes.toByteArray();
    }
}
