// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.run;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.avro.Schema;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SchemaPathsTest {

    private static final Schema SCHEMA = new Schema.Parser().parse("""
            {"type": "record", "name": "Upload", "fields": [
              {"name": "meta", "type": ["null", {"type": "record", "name": "Meta", "fields": [
                {"name": "identifier", "type": "string"},
                {"name": "tags", "type": {"type": "map", "values": "string"}}]}]},
              {"name": "parts", "type": {"type": "array", "items": ["string", "Meta"]}}]}""");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "$.meta.identifier |",
                "$['meta'].identifier |",
                "$.meta.tags.anything |",
                "$.parts[2].identifier |",
                "$..identifier |",
                "$.parts[*].nothing |",
                "$.meta.identifer | $.meta has no field \"identifer\"; did you mean \"identifier\"?",
                "$.mta | $ has no field \"mta\"; did you mean \"meta\"?",
                "$.meta[0] | $.meta is no list",
                "$.meta.identifier.x | $.meta.identifier has no fields"
            })
    void aPathIsComparedWithTheSchema(String path, String problem) {
        assertThat(SchemaPaths.problem(path, SCHEMA).orElse(null)).isEqualTo(problem);
    }
}
