// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code inspect} on mappings with one mistake each, of which no check but this one can know. */
class InspectIT {

    private static final String POST = """
            {"id": "%s", "at": 1700000000, "words": "%s", "picture": {"jpg": null}}""";

    @TempDir
    Path folder;

    private CommandResult inspect(TestTopics topics, String image, String text) throws Exception {
        Path file = folder.resolve("p.yaml");
        Files.writeString(
                file, """
                kafka: {bootstrap_servers: "%s"}
                registry: {url: "%s"}
                modalities:
                  image: {topic: %3$s, encoder: image-inception-mixed5, format: json, event: {event_id: $.id, payload: %4$s}}
                  text: {topic: %3$s, encoder: text-bge-small-en, format: json, event: {event_id: $.id, payload: $.words, %5$s}}
                align: {min_modalities: 1}
                operators: {s: {type: sentiment}}
                emit: {attributes: [tenant]}
                """.formatted(topics.bootstrapServers, topics.registryUrl, topics.topic("text"), image, text));
        return CommandResult.to("inspect", "-c", file.toString());
    }

    @Test
    void eachMistakeOfAMappingIsNamed() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 1)) {
            Map<String, byte[]> headers = Map.of("tenant", "acme".getBytes(StandardCharsets.UTF_8));
            topics.sendRaw("text", "s", POST.formatted("p1", "A day").getBytes(StandardCharsets.UTF_8), headers);
            topics.flush();
            CommandResult wrong =
                    inspect(topics, "$.picture.jpeg", "event_time: $.at, attributes: {tenant: header.Tenant}");
            assertThat(wrong.code()).as("no record has an image").isEqualTo(1);
            assertThat(wrong.out())
                    .contains(
                            "no event    payload ($.picture.jpeg) matches nothing; $.picture has [jpg]",
                            "image: none of the records shown (1) has an event of this modality",
                            "event_time  1970-01-20T16:13:20Z",
                            "warning     event_time ($.at, as: epoch-millis) is 1970-01-20T16:13:20Z, before 2000; as "
                                    + "epoch-seconds it would be 2023-11-14T22:13:20Z: set event_time.as: epoch-seconds",
                            "warning     attributes.tenant: header.Tenant is not there; names of headers are "
                                    + "case-sensitive; the record has [tenant]");

            topics.sendRaw("text", "s", POST.formatted("p2", "  ").getBytes(StandardCharsets.UTF_8));
            topics.flush();
            CommandResult blank = inspect(topics, "$.picture.jpg", "content_type: text/plain");
            assertThat(blank.code()).isEqualTo(1);
            assertThat(blank.out())
                    .contains("media type  text/plain", "payload ($.picture.jpg) is null")
                    .contains("dead letter EMPTY_PAYLOAD: payload ($.words): the text payload is empty or blank");

            CommandResult other = inspect(topics, "{from: $.picture.jpg, as: text}", "content_type: text/plain");
            assertThat(other.code()).isNotZero();
            assertThat(other.err()).contains("modalities.image.event.payload.as: is text, but image-inception-mixed5");
        }
    }
}
