// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;

/** What a producer of Protobuf does, field by field: registers its schema and frames its messages. */
final class ProtobufProducer {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private ProtobufProducer() {}

    /** Writes a message's fields. */
    interface Fields {
        void write(CodedOutputStream out) throws IOException;
    }

    /**
     * Registers a .proto source.
     *
     * @param references imports by the subjects whose first versions they are
     * @return the schema's id
     */
    static int register(String registryUrl, String subject, String source, Map<String, String> references)
            throws Exception {
        List<Map<String, Object>> named = references.entrySet().stream()
                .map(each -> Map.<String, Object>of("name", each.getKey(), "subject", each.getValue(), "version", 1))
                .toList();
        String body =
                MAPPER.writeValueAsString(Map.of("schemaType", "PROTOBUF", "schema", source, "references", named));
        HttpResponse<String> answer = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(registryUrl + "/subjects/" + subject + "/versions"))
                                .header("Content-Type", "application/vnd.schemaregistry.v1+json")
                                .POST(HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
            throw new IOException(answer.statusCode() + ": " + answer.body());
        }
        return MAPPER.readTree(answer.body()).get("id").asInt();
    }

    /** A message alone. */
    static byte[] message(Fields fields) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        fields.write(out);
        out.flush();
        return bytes.toByteArray();
    }

    /** A record's value with the schema's first message. */
    static byte[] framed(int id, byte[] message) {
        return ByteBuffer.allocate(6 + message.length)
                .put((byte) 0)
                .putInt(id)
                .put((byte) 0)
                .put(message)
                .array();
    }
}
