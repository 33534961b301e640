// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest.format;

import static io.sensorium.job.fuzz.FuzzCases.oneOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineConfig.Limits;
import io.sensorium.job.config.PipelineConfig.ValidTime;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.job.fuzz.FuzzCases;
import io.sensorium.job.ingest.EventReader;
import io.sensorium.job.ingest.format.PostRecords.Form;
import io.sensorium.job.ingest.format.PostRecords.Post;
import io.sensorium.job.records.Coordinates;
import io.sensorium.job.records.FailureCode;
import io.sensorium.job.records.IngestRecord;
import io.sensorium.operators.encode.Content;
import io.sensorium.operators.pack.ModelKind;
import io.sensorium.schemas.RegisteredSchema;
import io.sensorium.schemas.SchemaRegistry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.junit.jupiter.api.Test;

/**
 * The same odd posts in every mapped format, some of them damaged. An event has what a plain decoder of the format
 * (Jackson, Avro's generic reader, Protobuf with its compiler's descriptors) finds in the bytes; a sound record is
 * refused only for what is wrong with its values.
 */
class MappedFuzzTest {

    private static final long NOW = 1_700_000_000_000L;
    private static final Limits LIMITS = new Limits(64, 256, 1000);

    private enum Part {
        TEXT("$.text", "text"),
        MEDIA("$.picture.data", null),
        VECTOR("$.vector", "embedding");

        final String path;
        final String as;

        Part(String path, String as) {
            this.path = path;
            this.as = as;
        }
    }

    private static final class Registry implements SchemaRegistry {
        @Override
        public int register(String subject, String avroSchema) {
            throw new UnsupportedOperationException();
        }

        @Override
        public String schemaOf(int id) throws IOException {
            return checked(id, PostRecords.AVRO.toString());
        }

        @Override
        public RegisteredSchema find(int id) throws IOException {
            return checked(id, ProtobufRecords.registered("chat"));
        }

        private static <S> S checked(int id, S schema) throws IOException {
            if (id != PostRecords.ID) {
                throw new UnknownSchemaException(id, null);
            }
            return schema;
        }
    }

    private static EventReader reader(Form form, Part part) throws Exception {
        boolean json = form == Form.JSON || form == Form.JSON_SCHEMA;
        String as = part == Part.MEDIA ? json ? "base64" : "bytes" : part.as;
        PipelineConfig config = PipelineFile.parse("p", """
                modalities:
                  m:
                    encoder: e
                    topic: posts
                    format: %s
                    event:
                      event_id: $.id
                      subject_id: $.roomId
                      event_time: $.sent_at
                      payload: {from: %s, as: %s}
                      attributes: {lang: $.labels.lang}
                align: {size: 10s, min_modalities: 1}
                operators: {s: {type: sentiment}}
                emit: {attributes: [lang]}
                """.formatted(
                        form.name().toLowerCase(Locale.ROOT).replace('_', '-'),
                        // A picture and a text are alternatives there.
                        form == Form.PROTOBUF && part == Part.MEDIA ? "$.wrapped_bytes" : part.path,
                        as));
        ModelKind kind = part == Part.MEDIA ? ModelKind.IMAGE_ENCODER : ModelKind.TEXT_ENCODER;
        return new EventReader(
                kind,
                Duration.ZERO,
                new ValidTime(Instant.ofEpochMilli(1), Duration.ofDays(1)),
                config.emitAttributes(),
                LIMITS,
                EventFormats.of(
                        config.modalities().get(0),
                        config.modalities(),
                        kind,
                        new Registry(),
                        new UnregisteredMetricsGroup()),
                Clock.fixed(Instant.ofEpochMilli(NOW), ZoneOffset.UTC));
    }

    @Test
    void anEventHasWhatAPlainDecoderFinds() throws Exception {
        Map<String, EventReader> readers = new LinkedHashMap<>();
        FuzzCases.run("mapped", 20, (random, described) -> {
            Form form = oneOf(random, Form.values());
            Part part = oneOf(random, Part.values());
            Post post = post(random);
            byte[] value = PostRecords.value(form, post);
            boolean damaged = random.nextInt(3) == 0;
            if (damaged) {
                value = damaged(random, value);
            }
            described.add(form + " " + part + (damaged ? " damaged " : " ") + post);
            described.add(HexFormat.of().formatHex(value));
            EventReader reader = readers.get(form + " " + part);
            if (reader == null) {
                reader = reader(form, part);
                readers.put(form + " " + part, reader);
            }
            IngestRecord record = reader.read(new Coordinates("posts", 0, 1, NOW, null, value, Map.of()));
            return compared(record, form, part, post, value, damaged);
        });
    }

    private static String compared(IngestRecord record, Form form, Part part, Post post, byte[] value, boolean damaged)
            throws Exception {
        if (record instanceof IngestRecord.Rejected rejected) {
            assertThat(rejected.message())
                    .isNotBlank()
                    .doesNotContain("report it")
                    .hasSizeLessThan(3_000);
            if (!damaged) {
                assertThat(rejected.code())
                        .as("%s", rejected.message())
                        .isIn(reasons(form, part, post).toArray());
            }
            return rejected.code().name();
        }
        IngestRecord.Event event = (IngestRecord.Event) record;
        if (!damaged) {
            assertThat(reasons(form, part, post)).isEmpty();
        }
        Post plain = PostRecords.plain(form, value);
        assertThat(event.eventId()).isEqualTo(String.valueOf(plain.id()));
        assertThat(event.subjectId()).isEqualTo(String.valueOf(plain.room()));
        if (plain.at() instanceof Long || plain.at() instanceof Integer) {
            assertThat(event.time()).isEqualTo(((Number) plain.at()).longValue());
        }
        assertThat(event.attributes())
                .isEqualTo(plain.lang() == null ? Map.of() : Map.of("lang", String.valueOf(plain.lang())));
        switch (part) {
            case TEXT -> assertThat(event.content()).isEqualTo(new Content.Text((String) plain.text()));
            case MEDIA -> {
                if (!damaged || plain.media() instanceof byte[]) {
                    assertThat(((Content.Media) event.content()).bytes()).isEqualTo(plain.media());
                }
            }
            case VECTOR -> assertThat(event.vector()).isEqualTo(littleEndian((List<?>) plain.vector()));
        }
        return "event";
    }

    /** Why a sound record may be refused. */
    private static Set<FailureCode> reasons(Form form, Part part, Post post) {
        Set<FailureCode> reasons = EnumSet.noneOf(FailureCode.class);
        for (Object id : new Object[] {post.id(), post.room()}) {
            int bytes = id == null ? 0 : id.toString().getBytes(StandardCharsets.UTF_8).length;
            if (bytes == 0 || bytes > LIMITS.idBytes()) {
                reasons.add(FailureCode.INVALID_EVENT);
            }
        }
        if (post.lang() != null && post.lang().toString().getBytes(StandardCharsets.UTF_8).length > 252) {
            reasons.add(FailureCode.INVALID_EVENT);
        }
        long at = (Long) post.at();
        if (at < 1 || at > NOW + Duration.ofDays(1).toMillis()) {
            reasons.add(FailureCode.EVENT_TIME_OUT_OF_RANGE);
        }
        if (part == Part.TEXT && post.text() == null) {
            reasons.add(FailureCode.INVALID_EVENT);
        } else if (part == Part.TEXT && post.text().toString().length() > LIMITS.textChars()) {
            reasons.add(FailureCode.MEDIA_TOO_LARGE);
        }
        if (part == Part.VECTOR
                && ((List<?>) post.vector()).stream().anyMatch(number -> !Float.isFinite((Float) number))) {
            // JSON has no such numbers; Jackson writes their names.
            reasons.add(
                    form == Form.JSON || form == Form.JSON_SCHEMA
                            ? FailureCode.INVALID_EVENT
                            : FailureCode.EMBEDDING_NOT_FINITE);
        }
        return reasons;
    }

    private static byte[] littleEndian(List<?> numbers) {
        ByteBuffer vector = ByteBuffer.allocate(numbers.size() * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        numbers.forEach(number -> vector.putFloat(((Number) number).floatValue()));
        return vector.array();
    }

    private static Post post(Random random) {
        byte[] media = new byte[random.nextInt(50)];
        random.nextBytes(media);
        List<Float> vector = new ArrayList<>();
        for (int i = random.nextInt(8); i > 0; i--) {
            vector.add(
                    random.nextInt(20) == 0
                            ? oneOf(random, Float.NaN, Float.POSITIVE_INFINITY, Float.MIN_VALUE, Float.MAX_VALUE, -0f)
                            : (float) random.nextGaussian());
        }
        boolean odd = random.nextInt(3) == 0;
        return new Post(
                odd ? text(random, 80) : "p" + random.nextInt(),
                odd && random.nextInt(8) == 0 ? null : odd ? text(random, 80) : "room",
                odd
                        ? oneOf(random, 0L, 1L, -1L, NOW, NOW + 86_400_000L, NOW + 86_400_001L, Long.MAX_VALUE / 1000)
                        : NOW - random.nextInt(1_000_000),
                odd && random.nextInt(8) == 0 ? null : text(random, odd ? 1_300 : 100),
                media,
                vector,
                random.nextInt(3) == 0 ? null : text(random, odd ? 300 : 20));
    }

    private static String text(Random random, int most) {
        StringBuilder text = new StringBuilder();
        for (int length = random.nextInt(most); text.length() < length; ) {
            text.appendCodePoint(oneOf(
                    random, (int) 'a', (int) '"', (int) '\\', 0, (int) '\n', 0x7f, 0xe9, 0x2028, 0x4e2d, 0x1f600));
        }
        return text.toString();
    }

    private static byte[] damaged(Random random, byte[] value) {
        byte[] damaged = value.clone();
        switch (random.nextInt(4)) {
            case 0:
                return Arrays.copyOf(value, random.nextInt(value.length));
            case 1:
                int from = random.nextInt(value.length);
                int to = from + random.nextInt(Math.min(20, value.length - from) + 1);
                byte[] twice = new byte[value.length + to - from];
                System.arraycopy(value, 0, twice, 0, to);
                System.arraycopy(value, from, twice, to, value.length - from);
                return twice;
            case 2:
                damaged[random.nextInt(value.length)] = (byte) random.nextInt();
                return damaged;
            default:
                for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
                    damaged[random.nextInt(value.length)] ^= (byte) (1 << random.nextInt(8));
                }
                return damaged;
        }
    }
}
