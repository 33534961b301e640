// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.config;

import static io.sensorium.job.config.MinimalPipeline.problems;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a file may write where a mapping finds a field. */
class MappedPathsTest {

    private static String file(String event) {
        return """
                modalities: {m: {encoder: e, topic: t, format: json, event: {%s}}}
                align: {min_modalities: 1}
                operators: {s: {type: sentiment}}
                """.formatted(event);
    }

    @ParameterizedTest
    @ValueSource(strings = {"$.words[", "$.words[0", "$['a b", "$.words[?(@.a == 1]", "$.", "$..", "$.words]"})
    void aPathThatIsCutOffIsAProblem(String path) {
        assertThat(problems(file("payload: \"" + path + "\"")))
                .containsExactly("modalities.m.event.payload: is \"" + path
                        + "\", which is not a JSONPath; expected one " + "such as $.post.id, $.images[0] or $['a b']");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"$", "$.a", "$['a b']", "$['a]']", "$.a[0]", "$.a[-1]", "$.a[?(@.k == 'x')].v", "$..a", "$.a[*]"
            })
    void thePathsOfJaywayAreTaken(String path) {
        assertThatCode(() -> PipelineFile.parse("p", file("payload: \"" + path + "\"")))
                .doesNotThrowAnyException();
    }

    @Test
    void aPathWithoutItsBeginningIsSuggestedWithIt() {
        assertThat(problems(file("payload: $.x, event_id: meta.uploadId")))
                .containsExactly(
                        "modalities.m.event.event_id: is \"meta.uploadId\", expected a path such as $.post.id, "
                                + "key, value, header.NAME, topic, partition, offset, timestamp or coordinates; did you mean "
                                + "\"$.meta.uploadId\"?");
        assertThat(problems(file("payload: $.x, event_id: keys")))
                .singleElement()
                .asString()
                .endsWith("or coordinates; did you mean \"key\"?");
        assertThat(problems(file("payload: $.x, event_id: identifier")))
                .singleElement()
                .asString()
                .endsWith("timestamp or coordinates; did you mean \"$.identifier\"?");
        assertThat(problems(file("payload: $.x, event_id: 'the id'")))
                .singleElement()
                .asString()
                .endsWith("timestamp or coordinates");
    }
}
