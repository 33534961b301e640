// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.FileDescriptor;
import io.sensorium.job.ingest.format.ProtobufFiles;
import io.sensorium.schemas.RegisteredSchema;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProtobufPathsTest {

    private static final FileDescriptor FILE = ProtobufFiles.of(new RegisteredSchema("PROTOBUF", """
            syntax = "proto3";
            import "google/protobuf/timestamp.proto";
            import "google/protobuf/wrappers.proto";
            import "google/protobuf/struct.proto";
            message Upload {
              string post_id = 1;
              Meta meta = 2;
              repeated Part parts = 3;
              map<string, Part> by_name = 4;
              google.protobuf.Timestamp created = 5;
              google.protobuf.StringValue lang = 6;
              google.protobuf.Struct extra = 7;
              repeated bytes pictures = 8;
              message Meta { string identifier = 1; }
            }
            message Part { bytes data = 1; Part next = 2; }""", Map.of()));

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "$.meta.identifier |",
                "$['meta'].identifier |",
                "$.parts[2].next.next.data |",
                "$.parts[*].nothing |",
                "$..nothing |",
                "$.by_name.anything.data |",
                "$.created |",
                "$.lang |",
                "$.extra.a.b[1].c |",
                "$.pictures[0] |",
                "$.meta.identifer | $.meta has no field \"identifer\"; did you mean \"identifier\"?",
                "$.postId | $ has no field \"postId\"; did you mean \"post_id\"?",
                "$.meta[0] | $.meta is no list",
                "$.parts.data | $.parts has no fields",
                "$.by_name.a.dat | $.by_name.a has no field \"dat\"; did you mean \"data\"?",
                "$.parts[0].dat | $.parts[0] has no field \"dat\"; did you mean \"data\"?",
                "$.created.seconds | $.created has no fields",
                "$.lang.value | $.lang has no fields",
                "$.pictures[0][0] | $.pictures[0] is no list",
                "$.meta.identifier.x | $.meta.identifier has no fields"
            })
    void aPathIsComparedWithTheFirstOfTheMessagesThatFitEquallyWell(String path, String problem) {
        assertThat(ProtobufPaths.problems(List.of(path, "$.post_id"), FILE))
                .isEqualTo(problem == null ? Map.of() : Map.of(path, problem + " in message Upload"));
    }

    @Test
    void aTypoIsReportedAloneWhicheverMessageTheRecordsAre() {
        assertThat(ProtobufPaths.problems(List.of("$.data", "$.next.data", "$.nxt"), FILE))
                .isEqualTo(Map.of("$.nxt", "$ has no field \"nxt\"; did you mean \"next\"? in message Part"));
    }

    @Test
    void theRecordsMayBeOfAnyMessage() {
        assertThat(ProtobufPaths.problems(List.of("$.data", "$.next.data"), FILE))
                .isEmpty();
        assertThat(ProtobufPaths.problems(List.of("$.identifier"), FILE)).isEmpty();
        assertThat(ProtobufPaths.problems(List.of("$.data", "$.post_id"), FILE)).containsOnlyKeys("$.data");
    }
}
