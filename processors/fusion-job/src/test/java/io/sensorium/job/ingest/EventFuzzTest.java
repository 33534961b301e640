// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest;

import static io.sensorium.job.fuzz.FuzzCases.oneOf;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.sensorium.job.config.PipelineConfig.Limits;
import io.sensorium.job.config.PipelineConfig.ValidTime;
import io.sensorium.job.fuzz.FuzzCases;
import io.sensorium.job.ingest.format.EventFormats;
import io.sensorium.job.records.Coordinates;
import io.sensorium.job.records.IngestRecord;
import io.sensorium.job.serde.IngestRecordSerializer;
import io.sensorium.operators.encode.Content;
import io.sensorium.operators.pack.ModelKind;
import io.sensorium.schemas.ConfluentSchemaRegistry;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;

/**
 * Records whose every field, schema and length may be odd: each is an event within its limits or a rejection; none is
 * held for the registry, which is up.
 */
class EventFuzzTest {

    private static final Clock CLOCK = Clock.fixed(Instant.ofEpochMilli(EventBytes.NOW), ZoneOffset.UTC);

    @Test
    void everyRecordIsAnEventWithinItsLimitsOrARejection() throws Exception {
        HttpServer server = registry();
        try {
            var registry = new ConfluentSchemaRegistry(
                    "http://127.0.0.1:" + server.getAddress().getPort(), Map.of());
            Map<ModelKind, EventReader> readers = Map.of(
                    ModelKind.TEXT_ENCODER,
                    reader(ModelKind.TEXT_ENCODER, registry),
                    ModelKind.IMAGE_ENCODER,
                    reader(ModelKind.IMAGE_ENCODER, registry),
                    ModelKind.AUDIO_ENCODER,
                    reader(ModelKind.AUDIO_ENCODER, registry));
            FuzzCases.run("event", 10, (random, described) -> {
                ModelKind kind =
                        oneOf(random, ModelKind.TEXT_ENCODER, ModelKind.IMAGE_ENCODER, ModelKind.AUDIO_ENCODER);
                byte[] value = value(random, kind);
                described.add(kind + " of " + (value == null ? "no" : value.length) + " bytes, beginning "
                        + (value == null
                                ? ""
                                : java.util.HexFormat.of().formatHex(value, 0, Math.min(200, value.length))));
                return tried(readers.get(kind).read(new Coordinates("t", 0, 1, EventBytes.NOW, null, value, Map.of())));
            });
        } finally {
            server.stop(0);
        }
    }

    private static EventReader reader(ModelKind kind, ConfluentSchemaRegistry registry) {
        return new EventReader(
                kind,
                Duration.ZERO,
                new ValidTime(Instant.ofEpochMilli(1), Duration.ofDays(1)),
                List.of("group", "é"),
                Limits.DEFAULT,
                EventFormats.own(kind, registry),
                CLOCK);
    }

    private static String tried(IngestRecord record) throws Exception {
        if (record instanceof IngestRecord.Rejected rejected) {
            assertThat(rejected.message()).isNotBlank().hasSizeLessThan(10_000);
        } else if (record instanceof IngestRecord.Event event) {
            assertThat(event.eventId().getBytes(StandardCharsets.UTF_8).length)
                    .as("bytes of event_id")
                    .isBetween(1, Limits.DEFAULT.idBytes());
            assertThat(event.subjectId().getBytes(StandardCharsets.UTF_8).length)
                    .as("bytes of subject_id")
                    .isBetween(1, Limits.DEFAULT.idBytes());
            assertThat(event.attributes().entrySet().stream()
                            .mapToInt(entry ->
                                    (entry.getKey() + entry.getValue()).getBytes(StandardCharsets.UTF_8).length)
                            .sum())
                    .isLessThanOrEqualTo(Limits.DEFAULT.attributesBytes());
            assertThat(event.time())
                    .isBetween(1L, EventBytes.NOW + Duration.ofDays(1).toMillis());
        }
        DataOutputSerializer out = new DataOutputSerializer(256);
        IngestRecordSerializer.INSTANCE.serialize(record, out);
        IngestRecord copy =
                IngestRecordSerializer.INSTANCE.deserialize(new DataInputDeserializer(out.getCopyOfBuffer()));
        assertThat(copy.getClass()).isEqualTo(record.getClass());
        if (record instanceof IngestRecord.Event event) {
            IngestRecord.Event again = (IngestRecord.Event) copy;
            assertThat(List.of(again.eventId(), again.subjectId(), again.time(), again.attributes()))
                    .isEqualTo(List.of(event.eventId(), event.subjectId(), event.time(), event.attributes()));
            assertThat(bytes(again.content())).isEqualTo(bytes(event.content()));
            // Where Avro resolves another schema, the media are a copy.
            if (event.content() instanceof Content.Media media
                    && media.array() == event.origin().value()) {
                assertThat(((Content.Media) again.content()).array())
                        .as("held once")
                        .isSameAs(again.origin().value());
            }
            return "event";
        }
        return ((IngestRecord.Rejected) record).code().name();
    }

    private static byte[] bytes(Content content) {
        return content instanceof Content.Media media
                ? media.bytes()
                : content instanceof Content.Text text ? text.text().getBytes(StandardCharsets.UTF_8) : null;
    }

    private static byte[] value(Random random, ModelKind kind) {
        if (random.nextInt(40) == 0) {
            return oneOf(
                    random,
                    null,
                    new byte[0],
                    new byte[] {0},
                    new byte[] {0, 0, 0, 0},
                    new byte[] {0, 0, 0, 0, 1},
                    new byte[] {1, 0, 0, 0, 1},
                    "{\"event_id\": \"x\"}".getBytes(StandardCharsets.UTF_8));
        }
        int variant = random.nextInt(3) > 0 ? EventBytes.SAME : random.nextInt(EventBytes.VARIANTS + 3);
        byte[] value =
                new EventBytes(random, kind == ModelKind.TEXT_ENCODER).record(variant, EventBytes.id(kind, variant));
        if (random.nextInt(12) == 0) {
            value = java.util.Arrays.copyOf(value, random.nextInt(2 * value.length));
        }
        for (int flips = random.nextInt(6) == 0 ? 1 + random.nextInt(4) : 0; flips > 0 && value.length > 5; flips--) {
            value[5 + random.nextInt(Math.min(200, value.length - 5))] ^= (byte) (1 << random.nextInt(8));
        }
        return value;
    }

    /** A registry that knows the variants of each event's schema, JSON Schema and Protobuf. */
    private static HttpServer registry() throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/schemas/ids/", exchange -> {
            int id = Integer.parseInt(exchange.getRequestURI().getPath().replaceAll("\\D", ""));
            String answer = EventBytes.answer(id);
            byte[] bytes = (answer == null ? "{\"error_code\": 40403, \"message\": \"Schema not found\"}" : answer)
                    .getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/vnd.schemaregistry.v1+json");
            exchange.sendResponseHeaders(answer == null ? 404 : 200, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        server.start();
        return server;
    }
}
