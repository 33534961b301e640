// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest;

import static io.sensorium.job.fuzz.FuzzCases.oneOf;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sensorium.events.AudioEvent;
import io.sensorium.events.ImageEvent;
import io.sensorium.events.TextEvent;
import io.sensorium.operators.pack.ModelKind;
import java.io.ByteArrayOutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.avro.Schema;

/** Events as Avro's bytes, with odd values in any field, under variants of their schema. For one record. */
final class EventBytes {

    static final long NOW = 1_700_000_000_000L;
    /** The schema as it is released. */
    static final int SAME = 0;

    private static final int REORDERED = 1;
    private static final int ADDED = 2;
    private static final int WITHOUT_ATTRIBUTES = 3;
    private static final int RECURSIVE = 4;
    private static final int NO_RECORD = 5;
    private static final int RENAMED = 6;
    private static final int UNPARSABLE = 7;
    private static final int JSON = 8;
    private static final int PROTOBUF = 9;
    private static final int REFERENCE = 10;
    static final int VARIANTS = 11;
    private static final int LARGEST = 16 << 20;
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Random random;
    private final boolean text;

    EventBytes(Random random, boolean text) {
        this.random = random;
        this.text = text;
    }

    static int id(ModelKind kind, int variant) {
        return (kind == ModelKind.TEXT_ENCODER ? 100 : kind == ModelKind.IMAGE_ENCODER ? 200 : 300) + variant;
    }

    /** What the registry answers about an id; null where it has none. */
    static String answer(int id) {
        if (id < 100 || id >= 400 || id % 100 >= VARIANTS) {
            return null;
        }
        ModelKind kind =
                id < 200 ? ModelKind.TEXT_ENCODER : id < 300 ? ModelKind.IMAGE_ENCODER : ModelKind.AUDIO_ENCODER;
        try {
            return switch (id % 100) {
                case UNPARSABLE -> "{\"schema\": \"{\\\"type\\\": \\\"recrd\\\"}\"}";
                case JSON -> "{\"schemaType\": \"JSON\", \"schema\": \"{\\\"type\\\": \\\"object\\\"}\"}";
                case PROTOBUF ->
                    "{\"schemaType\": \"PROTOBUF\", \"schema\": \"syntax = \\\"proto3\\\"; message M {}\"}";
                case REFERENCE ->
                    "{\"schema\": \"{\\\"type\\\": \\\"array\\\", \\\"items\\\": \\\"x.Y\\\"}\", \"references\": []}";
                default ->
                    MAPPER.writeValueAsString(
                            Map.of("schema", schema(released(kind), id % 100).toString()));
            };
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Schema released(ModelKind kind) {
        return kind == ModelKind.TEXT_ENCODER
                ? TextEvent.getClassSchema()
                : kind == ModelKind.IMAGE_ENCODER ? ImageEvent.getClassSchema() : AudioEvent.getClassSchema();
    }

    private static Schema schema(Schema released, int variant) {
        List<Schema.Field> fields = new ArrayList<>(released.getFields().stream()
                .map(field -> new Schema.Field(field, field.schema()))
                .toList());
        switch (variant) {
            case REORDERED -> java.util.Collections.reverse(fields);
            case ADDED -> fields.add(1, new Schema.Field("priority", Schema.create(Schema.Type.INT)));
            case WITHOUT_ATTRIBUTES -> fields.remove(fields.size() - 1);
            case RECURSIVE -> {
                Schema node = Schema.createRecord("Node", null, "x", false);
                node.setFields(
                        List.of(new Schema.Field("next", Schema.createUnion(Schema.create(Schema.Type.NULL), node))));
                fields.add(0, new Schema.Field("chain", node));
            }
            case NO_RECORD -> {
                return Schema.createArray(Schema.create(Schema.Type.NULL));
            }
            default -> {}
        }
        return Schema.createRecord(
                variant == RENAMED ? "Renamed" : released.getName(), null, released.getNamespace(), false, fields);
    }

    /**
     * A record in the wire format.
     *
     * @param variant of the schema that its bytes follow
     * @param id the schema id that it states
     */
    byte[] record(int variant, int id) {
        Map<String, byte[]> fields = new LinkedHashMap<>();
        fields.put("event_id", string(id()));
        fields.put("subject_id", string(id()));
        fields.put(
                "event_time",
                number(oneOf(
                        random,
                        NOW,
                        NOW,
                        NOW,
                        NOW - 1,
                        1L,
                        0L,
                        -1L,
                        Long.MIN_VALUE,
                        Long.MAX_VALUE,
                        NOW + 86_400_000,
                        NOW + 86_400_001,
                        NOW * 1000,
                        random.nextLong())));
        fields.put("content_type", string(oneOf(random, "text/plain", "", "\u0000", "x".repeat(70_000))));
        fields.put("payload", payload());
        fields.put("attributes", attributes());
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(ByteBuffer.allocate(5).put((byte) 0).putInt(id).array());
        List<String> order = new ArrayList<>(fields.keySet());
        if (variant == REORDERED) {
            java.util.Collections.reverse(order);
        } else if (variant == RECURSIVE) {
            for (int left = oneOf(random, 0, 1, 20, 63, 64, 200, 100_000); left > 0; left--) {
                out.write(2);
            }
            out.write(0);
        } else if (variant == NO_RECORD) {
            out.writeBytes(number(oneOf(random, 0L, 1L, 1_000_000_000L, Long.MAX_VALUE, -5L)));
        }
        for (String field : order) {
            if (!(field.equals("attributes") && variant == WITHOUT_ATTRIBUTES)) {
                out.writeBytes(fields.get(field));
            }
            if (field.equals("event_id") && variant == ADDED) {
                out.writeBytes(number(random.nextInt()));
            }
        }
        return out.toByteArray();
    }

    private String id() {
        return random.nextInt(3) > 0
                ? "id-" + random.nextInt(1000)
                : oneOf(
                        random,
                        "",
                        " ",
                        "\u0000",
                        "é\u202e😀",
                        "x".repeat(1_024),
                        "x".repeat(1_025),
                        "é".repeat(512),
                        "é".repeat(513),
                        "x".repeat(66_000),
                        "x".repeat(random.nextInt(40) == 0 ? 6 << 20 : 70_000));
    }

    /** A string's bytes, at times not UTF-8, or of another length than declared. */
    private byte[] string(String value) {
        byte[] bytes = random.nextInt(25) > 0
                ? value.getBytes(StandardCharsets.UTF_8)
                : oneOf(
                        random,
                        new byte[] {(byte) 0xed, (byte) 0xa0, (byte) 0x80},
                        new byte[] {(byte) 0xff, (byte) 0xfe},
                        new byte[] {(byte) 0xc0, (byte) 0x80},
                        new byte[] {(byte) 0xf4, (byte) 0x90, (byte) 0x80});
        long length = random.nextInt(60) > 0
                ? bytes.length
                : oneOf(random, -1L, bytes.length + 1L, 1L << 31, Long.MAX_VALUE, Long.MIN_VALUE, 0L);
        return joined(number(length), bytes);
    }

    private static byte[] plain(String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        return joined(number(bytes.length), bytes);
    }

    private byte[] payload() {
        int branch = random.nextInt(25) > 0 ? random.nextInt(3) : oneOf(random, 3, -1, Integer.MAX_VALUE);
        int size = random.nextInt(60) == 0 ? random.nextInt(LARGEST) : random.nextInt(2_000);
        byte[] content = switch (branch) {
            case 0 ->
                text
                        ? string(oneOf(random, "a text", "", " \u00a0", "a\u0000b", "word ".repeat(size / 5), "\ud83d"))
                        : joined(number(size), new byte[size]);
            case 1 ->
                joined(
                        string(uri()),
                        random.nextBoolean()
                                ? number(0)
                                : joined(number(1), number(oneOf(random, 0L, -1L, 5L, Long.MAX_VALUE))),
                        random.nextBoolean()
                                ? number(0)
                                : joined(number(1), string(oneOf(random, "", "00", "z".repeat(64), "a".repeat(64)))));
            default -> joined(string(oneOf(random, "text-bge-small-en", "", "x@1", "x".repeat(70_000))), vector());
        };
        return joined(number(branch), content);
    }

    private String uri() {
        return oneOf(
                random,
                "file:/tmp/x",
                "file:///etc/passwd",
                "file:/tmp/é",
                "file:/tmp/%00",
                "file://host/x",
                "http://127.0.0.1/",
                "http://[::1]/",
                "http://169.254.169.254/x",
                "s3://b/k",
                "s3:///",
                "ftp://h/x",
                "jar:file:/x!/y",
                "",
                ":",
                "%",
                "http://",
                "http://a b/",
                "\u0000",
                "javascript:1",
                "http://h/" + "a".repeat(70_000),
                "//h/x",
                "HTTP://H",
                "http://h:99999/");
    }

    private byte[] vector() {
        int length = oneOf(random, 0, 1, 384, 384, 2_048, random.nextInt(60) == 0 ? 3_000_000 : 10);
        ByteBuffer numbers = ByteBuffer.allocate(4 * length).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < length; i++) {
            numbers.putFloat(
                    random.nextInt(2_000) > 0
                            ? 0.1f
                            : oneOf(
                                    random,
                                    Float.NaN,
                                    Float.POSITIVE_INFINITY,
                                    Float.NEGATIVE_INFINITY,
                                    Float.MIN_VALUE,
                                    Float.MAX_VALUE,
                                    -0f));
        }
        boolean sized = random.nextInt(5) == 0;
        long count = random.nextInt(40) > 0
                ? length
                : oneOf(random, 1L << 40, Long.MIN_VALUE, length + 1L, (long) Integer.MAX_VALUE);
        byte[] head = sized && count > 0 ? joined(number(-count), number(4L * length)) : number(count);
        return length == 0 && count == 0 ? number(0) : joined(head, numbers.array(), number(0));
    }

    private byte[] attributes() {
        int count = oneOf(random, 0, 0, 1, 3, random.nextInt(50) == 0 ? 200_000 : 40, random.nextInt(3_000));
        List<byte[]> entries = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String key = oneOf(random, "group", "é", "", "key" + i);
            String value = oneOf(random, "v", "", "é", "x".repeat(count > 100 ? 20 : random.nextInt(30_000)));
            // Of many strings that are each odd at times no record would be whole.
            entries.add(i < 2 ? joined(string(key), string(value)) : joined(plain(key), plain(value)));
        }
        long declared = random.nextInt(60) > 0 ? count : oneOf(random, Long.MIN_VALUE, 1L << 40, count + 1L, -1L);
        return count == 0 && declared == 0
                ? number(0)
                : joined(number(declared), joined(entries.toArray(byte[][]::new)), number(0));
    }

    private static byte[] number(long value) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        long left = value << 1 ^ value >> 63;
        for (; (left & ~0x7fL) != 0; left >>>= 7) {
            out.write((int) (left & 0x7f | 0x80));
        }
        out.write((int) left);
        return out.toByteArray();
    }

    private static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}
