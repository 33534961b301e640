// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest.format;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.ByteString;
import com.google.protobuf.BytesValue;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.Message;
import com.google.protobuf.Timestamp;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;

/** Posts as records of every mapped format, written and read without this project's code. */
final class PostRecords {

    static final int ID = 7;
    private static final ObjectMapper MAPPER = new ObjectMapper();
    static final Schema AVRO = new Schema.Parser().parse("""
            {"type": "record", "name": "Post", "fields": [
              {"name": "id", "type": "string"},
              {"name": "roomId", "type": ["null", "string"]},
              {"name": "sent_at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
              {"name": "text", "type": ["null", "string"]},
              {"name": "picture", "type": {"type": "record", "name": "Picture", "fields": [
                {"name": "data", "type": "bytes"}]}},
              {"name": "vector", "type": {"type": "array", "items": "float"}},
              {"name": "labels", "type": {"type": "map", "values": "string"}}]}""");

    enum Form {
        JSON,
        JSON_SCHEMA,
        AVRO,
        PROTOBUF
    }

    /** What a record holds, before it is written or after a plain decoder read it. */
    record Post(Object id, Object room, Object at, Object text, Object media, Object vector, Object lang) {}

    static byte[] value(Form form, Post post) throws Exception {
        return switch (form) {
            case JSON -> json(post);
            case JSON_SCHEMA -> headed(json(post));
            case AVRO -> headed(avro(post));
            case PROTOBUF -> ProtobufRecords.framed(ID, protobuf(post));
        };
    }

    private static byte[] headed(byte[] body) {
        return ByteBuffer.allocate(body.length + 5)
                .put((byte) 0)
                .putInt(ID)
                .put(body)
                .array();
    }

    private static byte[] json(Post post) throws Exception {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("id", post.id());
        fields.put("roomId", post.room());
        fields.put("sent_at", post.at());
        fields.put("text", post.text());
        fields.put("picture", Map.of("data", post.media()));
        fields.put("vector", post.vector());
        fields.put("labels", post.lang() == null ? Map.of() : Map.of("lang", post.lang()));
        return MAPPER.writeValueAsBytes(fields);
    }

    private static byte[] avro(Post post) throws Exception {
        GenericRecord picture = new GenericData.Record(AVRO.getField("picture").schema());
        picture.put("data", ByteBuffer.wrap((byte[]) post.media()));
        GenericRecord record = new GenericData.Record(AVRO);
        record.put("id", post.id());
        record.put("roomId", post.room());
        record.put("sent_at", post.at());
        record.put("text", post.text());
        record.put("picture", picture);
        record.put("vector", post.vector());
        record.put("labels", post.lang() == null ? Map.of() : Map.of("lang", post.lang()));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
        new GenericDatumWriter<GenericRecord>(AVRO).write(record, encoder);
        encoder.flush();
        return out.toByteArray();
    }

    private static Message protobuf(Post post) {
        Descriptor type = ProtobufRecords.CHAT;
        Descriptor label = type.findNestedTypeByName("LabelsEntry");
        long at = (Long) post.at();
        DynamicMessage.Builder message = DynamicMessage.newBuilder(type)
                .setField(type.findFieldByName("id"), post.id())
                .setField(type.findFieldByName("roomId"), post.room() == null ? "" : post.room())
                .setField(
                        type.findFieldByName("sent_at"),
                        Timestamp.newBuilder()
                                .setSeconds(Math.floorDiv(at, 1000L))
                                .setNanos(Math.floorMod(at, 1000) * 1_000_000)
                                .build())
                .setField(type.findFieldByName("vector"), post.vector());
        if (post.lang() != null) {
            message.addRepeatedField(
                    type.findFieldByName("labels"),
                    DynamicMessage.newBuilder(label)
                            .setField(label.findFieldByName("key"), "lang")
                            .setField(label.findFieldByName("value"), post.lang())
                            .build());
        }
        message.setField(
                type.findFieldByName("wrapped_bytes"), BytesValue.of(ByteString.copyFrom((byte[]) post.media())));
        if (post.text() != null) {
            message.setField(type.findFieldByName("text"), post.text());
        }
        return message.build();
    }

    static Post plain(Form form, byte[] value) throws Exception {
        return switch (form) {
            case JSON -> plainJson(value);
            case JSON_SCHEMA -> plainJson(Arrays.copyOfRange(value, 5, value.length));
            case AVRO -> plainAvro(value);
            case PROTOBUF -> plainProtobuf(value);
        };
    }

    private static Post plainJson(byte[] json) throws Exception {
        Map<?, ?> fields = MAPPER.readValue(json, Map.class);
        Object media = fields.get("picture") instanceof Map<?, ?> picture ? picture.get("data") : null;
        Object bytes = media;
        try {
            bytes = media == null ? null : Base64.getDecoder().decode(media.toString());
        } catch (IllegalArgumentException e) {
            // Another variant of base64, perhaps.
            bytes = media;
        }
        return new Post(
                fields.get("id"),
                fields.get("roomId"),
                fields.get("sent_at"),
                fields.get("text"),
                bytes,
                fields.get("vector"),
                fields.get("labels") instanceof Map<?, ?> labels ? labels.get("lang") : null);
    }

    private static Post plainAvro(byte[] value) throws Exception {
        GenericRecord record = new GenericDatumReader<GenericRecord>(AVRO)
                .read(null, DecoderFactory.get().binaryDecoder(value, 5, value.length - 5, null));
        ByteBuffer data = (ByteBuffer) ((GenericRecord) record.get("picture")).get("data");
        byte[] media = new byte[data.remaining()];
        data.get(media);
        Object lang = null;
        for (Map.Entry<?, ?> label : ((Map<?, ?>) record.get("labels")).entrySet()) {
            lang = label.getKey().toString().equals("lang") ? label.getValue() : lang;
        }
        return new Post(
                record.get("id"),
                record.get("roomId"),
                record.get("sent_at"),
                record.get("text") == null ? null : record.get("text").toString(),
                media,
                record.get("vector"),
                lang);
    }

    /** Only records whose message index is the shortcut are written, but damage may make another of it. */
    private static Post plainProtobuf(byte[] value) throws Exception {
        Descriptor type = ProtobufRecords.CHAT;
        assertThat(value[5]).isZero();
        DynamicMessage message = DynamicMessage.parseFrom(type, new ByteArrayInputStream(value, 6, value.length - 6));
        Message sentAt = (Message) message.getField(type.findFieldByName("sent_at"));
        Descriptor time = sentAt.getDescriptorForType();
        Object lang = null;
        for (Object each : (List<?>) message.getField(type.findFieldByName("labels"))) {
            Message label = (Message) each;
            Descriptor entry = label.getDescriptorForType();
            if (label.getField(entry.findFieldByName("key")).equals("lang")) {
                lang = label.getField(entry.findFieldByName("value"));
            }
        }
        Message media = (Message) message.getField(type.findFieldByName("wrapped_bytes"));
        return new Post(
                message.getField(type.findFieldByName("id")),
                message.getField(type.findFieldByName("roomId")),
                (Long) sentAt.getField(time.findFieldByName("seconds")) * 1000
                        + Math.floorDiv((Integer) sentAt.getField(time.findFieldByName("nanos")), 1_000_000),
                message.getField(type.findFieldByName("text")),
                ((ByteString) media.getField(media.getDescriptorForType().findFieldByName("value"))).toByteArray(),
                message.getField(type.findFieldByName("vector")),
                lang);
    }

    private PostRecords() {}
}
