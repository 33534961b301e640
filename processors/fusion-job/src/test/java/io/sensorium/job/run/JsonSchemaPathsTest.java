// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonSchemaPathsTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** Closed but for what says otherwise. */
    private static final String UPLOAD = """
            {"type": "object", "additionalProperties": false, "properties": {
               "upload": {"oneOf": [{"type": "null"}, {"$ref": "#/definitions/Upload"}]},
               "parts": {"type": "array", "items": {"$ref": "#/definitions/Upload"}},
               "pair": {"type": "array", "prefixItems": [{"type": "string"}, {"$ref": "#/definitions/Upload"}]},
               "labels": {"type": "object", "additionalProperties": {"type": "string"}},
               "open": {"type": "object", "properties": {"caption": {"type": "string"}}},
               "anything": {},
               "free": {"type": "object"},
               "elsewhere": {"$ref": "other.json#/definitions/Upload"},
               "both": {"allOf": [{"$ref": "#/definitions/Upload"}, {"required": ["identifier"]}]}},
             "patternProperties": {"^x_": {"type": "integer"}},
             "definitions": {
               "Upload": {"type": "object", "additionalProperties": false, "properties": {
                  "identifier": {"type": "string"}, "reply": {"$ref": "#/definitions/Upload"}}}}}""";

    private static String finding(String path, String schema) throws Exception {
        return new JsonSchemaPaths(JSON.readTree(schema))
                .problem(path)
                .map(found -> (found.certain() ? "" : "perhaps ") + found.message())
                .orElse(null);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "$.upload.identifier |",
                "$.upload.reply.reply.identifier |",
                "$['upload'].identifier |",
                "$.parts[7].identifier |",
                "$.pair[1].identifier |",
                "$.pair[5].identifier |",
                "$.labels.channel |",
                "$.x_size |",
                "$.anything.at.all[3] |",
                "$.free.whatever |",
                "$.elsewhere.identifer |",
                "$.both.identifier |",
                "$.parts[99999999999].identifier |",
                "$.pair[99999999999] |",
                "$.upload[99999999999] | $.upload is no list",
                "$..identifer |",
                "$.parts[*].identifer |",
                "$.uplod | $ has no field \"uplod\"; did you mean \"upload\"?",
                "$.upload.identifer | $.upload has no field \"identifer\"; did you mean \"identifier\"?",
                "$.parts[0].identifer | $.parts[0] has no field \"identifer\"; did you mean \"identifier\"?",
                "$.pair[1].identifer | $.pair[1] has no field \"identifer\"; did you mean \"identifier\"?",
                "$.upload.reply.identifer | $.upload.reply has no field \"identifer\"; did you mean \"identifier\"?",
                "$.both.identifer | $.both has no field \"identifer\"; did you mean \"identifier\"?",
                "$.open.captoin | perhaps $.open has no field \"captoin\"; did you mean \"caption\"?",
                "$.upload[0] | $.upload is no list",
                "$.upload.identifier.x | $.upload.identifier has no fields",
                "$.labels.channel.x | $.labels.channel has no fields"
            })
    void aPathIsComparedWithTheSchema(String path, String expected) throws Exception {
        assertThat(finding(path, UPLOAD)).isEqualTo(expected);
    }

    @Test
    void schemasThatReferToThemselvesEnd() throws Exception {
        assertThat(finding("$.a.b", "{\"$ref\": \"#\"}")).isNull();
        assertThat(finding(
                        "$.a",
                        "{\"allOf\": [{\"$ref\": \"#\"}], \"properties\": {\"b\": {\"$ref\": \"#\"}}, "
                                + "\"additionalProperties\": false}"))
                .isEqualTo("$ has no field \"a\"; did you mean \"b\"?");
    }

    @Test
    void ofAlternativesAllCount() throws Exception {
        String image =
                "{\"type\": \"object\", \"additionalProperties\": false, \"properties\": {\"image\": {\"type\": \"string\"}}}";
        String either = "{\"oneOf\": [" + image + ", " + image.replace("image", "sound") + "]}";
        assertThat(finding("$.image", either)).isNull();
        assertThat(finding("$.sound", either)).isNull();
        assertThat(finding("$.sounds", either)).isEqualTo("$ has no field \"sounds\"; did you mean \"sound\"?");
    }
}
