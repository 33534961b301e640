// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.config.PipelineFile;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MappedConstantsTest {

    private final List<String> problems = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();

    private void check(String event) throws Exception {
        MappedConstants.check(PipelineFile.parse("p", """
                        modalities: {m: {encoder: e, topic: t, format: json, event: {payload: $.x, %s}}}
                        align: {min_modalities: 1}
                        operators: {s: {type: sentiment}}
                        """.formatted(event)), problems, warnings);
    }

    @Test
    void anAttributeThatLooksLikeAPathIsAWarning() throws Exception {
        check("attributes: {owner: meta.owner.handle, tenant: Headers.Tenant, subject: Key, app: web, version: v1.5, "
                + "place: St. Gallen, lang: $.lang}");
        assertThat(problems).isEmpty();
        assertThat(warnings)
                .containsExactlyInAnyOrder(
                        "modalities.m.event.attributes.owner: \"meta.owner.handle\" is a constant, the same for every "
                                + "event; if it is meant as a path, write $.meta.owner.handle",
                        "modalities.m.event.attributes.tenant: \"Headers.Tenant\" is a constant, the same for every "
                                + "event; if it is meant as a path, write header.Tenant",
                        "modalities.m.event.attributes.subject: \"Key\" is a constant, the same for every event; if it "
                                + "is meant as a path, write key");
    }

    @Test
    void aContentTypeThatIsNoMediaTypeIsAProblem() throws Exception {
        check("content_type: blob.mime");
        assertThat(problems)
                .containsExactly("modalities.m.event.content_type: is \"blob.mime\", expected a media type such as "
                        + "image/jpeg, or a path such as $.blob.mime");
        problems.clear();
        for (String type : List.of("image/jpeg", "image/svg+xml", "'text/plain; charset=utf-8'", "$.mime")) {
            check("content_type: " + type);
        }
        assertThat(problems).isEmpty();
        assertThat(warnings).isEmpty();
    }
}
