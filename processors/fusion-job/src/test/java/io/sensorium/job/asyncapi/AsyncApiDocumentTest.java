// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.asyncapi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.job.models.PipelineModels;
import io.sensorium.pipeline.ConfigurationException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the document has of a pipeline file; integration tests compare it with records and with AsyncAPI's schema. */
class AsyncApiDocumentTest {

    private static ObjectNode document(String text) throws Exception {
        PipelineConfig config = PipelineFile.parse("p.yaml", text);
        List<String> problems = new ArrayList<>();
        return AsyncApiDocument.of(
                config,
                PipelineModels.resolve(config, problems, new ArrayList<>())
                        .orElseThrow(() -> new AssertionError(problems.toString())),
                "1.2.3");
    }

    @Test
    void serversHaveTheKindOfLoginAndNoSecret() throws Exception {
        JsonNode document = document("""
                pipeline: posts
                kafka:
                  bootstrap_servers: "a:9092, b:9092"
                  properties:
                    security.protocol: SASL_SSL
                    sasl.mechanism: SCRAM-SHA-512
                    sasl.jaas.config: "${env:KAFKA_JAAS}"
                registry: {properties: {basic.auth.user.info: "${env:REGISTRY_USER}"}}
                modalities: {text: {encoder: text-bge-small-en}}
                align: {min_modalities: 1}
                operators: {s: {type: sentiment}}
                """);
        assertThat(document.at("/info/title").asText()).isEqualTo("posts");
        assertThat(document.at("/info/version").asText()).isEqualTo("1.2.3");
        assertThat(document.at("/servers/kafka/host").asText()).isEqualTo("a:9092");
        assertThat(document.at("/servers/kafka-2/host").asText()).isEqualTo("b:9092");
        assertThat(document.at("/servers/kafka/protocol").asText()).isEqualTo("kafka-secure");
        assertThat(document.at("/servers/kafka/security/0/type").asText()).isEqualTo("scramSha512");
        assertThat(document.at("/servers/kafka/bindings/kafka/schemaRegistryUrl")
                        .asText())
                .isEqualTo("http://localhost:8081");
        assertThat(document.toString()).doesNotContain("KAFKA_JAAS", "REGISTRY_USER", "jaas", "user.info");
    }

    @Test
    void theBankOfKnownContentIsACompactedTopicThatIsRead() throws Exception {
        String pipeline = """
                modalities: {text: {encoder: text-bge-small-en}}
                align: {min_modalities: 1}
                operators: {s: {type: sentiment}}
                """;
        assertThat(document(pipeline).at("/channels").has("moderation.bank")).isFalse();
        JsonNode document = document(pipeline + "bank: {}");
        JsonNode channel = document.at("/channels/moderation.bank");
        assertThat(channel.at("/bindings/kafka/topicConfiguration/cleanup.policy/0")
                        .asText())
                .isEqualTo("compact");
        assertThat(document.at("/operations/receive.moderation.bank/action").asText())
                .isEqualTo("receive");
        JsonNode message = document.at("/components/messages/moderation.bank.BankEntry");
        assertThat(message.at("/payload/schema/name").asText()).isEqualTo("BankEntry");
        assertThat(message.at("/bindings/kafka/key/description").asText()).isEqualTo("The entry's id.");
        JsonNode json =
                document(pipeline + "bank: {topic: known, format: json}").at("/components/messages/known.BankEntry");
        assertThat(json.at("/contentType").asText()).isEqualTo("application/json");
        assertThat(json.at("/payload").toString()).contains("\"threshold\"");
    }

    @Test
    void aMappedTopicHasTheFieldsThatTheMappingNeedsAndNoRegistryWhereNothingUsesOne() throws Exception {
        JsonNode document = document("""
                modalities:
                  text:
                    topic: posts
                    encoder: text-bge-small-en
                    format: json
                    event:
                      event_id: $.post.id
                      subject_id: header.thread
                      event_time: {from: $.post.created, as: iso-8601}
                      payload: {from: "$.parts[?(@.type == 'body')].text", as: text}
                      attributes: {lang: $.lang}
                align: {min_modalities: 1}
                operators: {s: {type: sentiment}}
                emit: {format: json, key: result_id}
                """);
        assertThat(document.at("/servers/kafka").has("bindings")).isFalse();
        JsonNode message = document.at("/components/messages/text-event");
        JsonNode payload = message.at("/payload/schema");
        assertThat(payload.at("/required").toString()).isEqualTo("[\"post\"]");
        assertThat(payload.at("/properties/post/required").toString()).isEqualTo("[\"id\",\"created\"]");
        assertThat(payload.at("/properties/post/properties/created/format").asText())
                .isEqualTo("date-time");
        assertThat(payload.at("/properties").has("lang")).isTrue();
        assertThat(message.at("/headers/required").toString()).isEqualTo("[\"thread\"]");
        assertThat(message.at("/description").asText())
                .as("a path that is no plain field")
                .contains("payload in $.parts[?(@.type == 'body')].text");
        JsonNode result = document.at("/components/messages/results.sentiment.SentimentResult");
        assertThat(result.at("/bindings/kafka/key/description").asText()).isEqualTo("The result_id.");
        assertThat(result.at("/bindings/kafka").has("schemaIdLocation")).isFalse();
    }

    @Test
    void cloudEventsHaveNoSchemaIdsAndNeedNoRegistry() throws Exception {
        JsonNode document = document("""
                modalities: {text: {topic: posts, encoder: text-bge-small-en, format: cloudevents}}
                align: {min_modalities: 1}
                operators: {s: {type: sentiment}}
                emit: {format: json}
                """);
        assertThat(document.at("/servers/kafka").has("bindings")).isFalse();
        JsonNode bindings = document.at("/components/messages/text-event/bindings/kafka");
        assertThat(bindings.isObject()).isTrue();
        assertThat(bindings.has("schemaIdLocation")).isFalse();
        JsonNode message = document.at("/components/messages/text-event");
        assertThat(message.at("/contentType").asText()).isEqualTo("application/cloudevents+json");
        assertThat(message.at("/description").asText())
                .contains("binary mode", "payload in $.data", "event_time in $.time or timestamp (time in RFC 3339)");
        assertThat(message.at("/headers/properties").fieldNames())
                .toIterable()
                .contains("content-type", "ce_id", "ce_source", "ce_specversion", "ce_type", "ce_subject", "ce_time");
        assertThat(message.at("/headers/patternProperties").has("^ce_[a-z0-9]+$"))
                .isTrue();
        assertThat(message.at("/bindings/kafka/key/description").asText())
                .isEqualTo("The event's subject_id, if the record has no $.subject.");
    }

    @Test
    void theUnitOfTheEventTimeIsStated() throws Exception {
        JsonNode document = document("""
                modalities:
                  text:
                    topic: posts
                    encoder: text-bge-small-en
                    format: json
                    event: {event_time: {from: $.at, as: epoch-seconds}, payload: $.text}
                align: {min_modalities: 1}
                operators: {s: {type: sentiment}}
                emit: {format: json}
                """);
        JsonNode message = document.at("/components/messages/text-event");
        assertThat(message.at("/description").asText()).contains("event_time in $.at (seconds since the epoch);");
        assertThat(message.at("/payload/schema/properties/at/description").asText())
                .isEqualTo("The event's event_time (seconds since the epoch).");
    }

    @Test
    void schemaIdsAreThoseOfTheRegistry() throws Exception {
        JsonNode document = document("""
                modalities: {text: {topic: posts, encoder: text-bge-small-en, schema_subject: com.example.Post}}
                align: {min_modalities: 1}
                operators: {s: {type: sentiment}}
                registry: {type: apicurio, url: "http://registry.example.com/apis/registry/v3"}
                """);
        JsonNode read = document.at("/components/messages/text-event/bindings/kafka");
        assertThat(read.path("schemaIdPayloadEncoding").asText()).isEqualTo("apicurio-new");
        assertThat(read.has("schemaLookupStrategy")).isFalse();
        JsonNode letters = document.at("/components/messages/media.dead-letters.DeadLetter");
        assertThat(letters.at("/bindings/kafka/schemaLookupStrategy").asText()).isEqualTo("TopicNameStrategy");
        assertThat(letters.at("/headers/properties").has("sensorium-read-at")).isFalse();
    }

    @Test
    void theLengthOfApicuriosIdsIsThatWhichTheClientReads() throws Exception {
        for (Map.Entry<String, String> handler : Map.of(
                        "io.apicurio.registry.serde.DefaultIdHandler", "apicurio-legacy",
                        "Legacy8ByteIdHandler", "apicurio-legacy",
                        "io.apicurio.registry.serde.Legacy4ByteIdHandler", "apicurio-new")
                .entrySet()) {
            JsonNode document = document("""
                    modalities: {text: {topic: posts, encoder: text-bge-small-en}}
                    align: {min_modalities: 1}
                    operators: {s: {type: sentiment}}
                    registry:
                      type: apicurio
                      url: "http://registry.example.com/apis/registry/v3"
                      properties: {apicurio.registry.id-handler: %s}
                    """.formatted(handler.getKey()));
            assertThat(document.at("/components/messages/text-event/bindings/kafka/schemaIdPayloadEncoding")
                            .asText())
                    .as(handler.getKey())
                    .isEqualTo(handler.getValue());
        }
    }

    /** A handler of the user's own used to count as one of 8 bytes here, and as a mistake when the job started. */
    @Test
    void unknownIdsOfApicurioAreProblemsOfTheFile() {
        assertThatThrownBy(() -> document("""
                        modalities: {text: {topic: posts, encoder: text-bge-small-en}}
                        operators: {s: {type: sentiment}}
                        registry:
                          type: apicurio
                          url: "http://registry.example.com/apis/registry/v3"
                          properties: {apicurio.registry.id-handler: com.example.OwnIdHandler, apicurio.registry.use-id: guid}
                        """))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContainingAll(
                        "registry.properties: apicurio.registry.id-handler is \"com.example.OwnIdHandler\", expected",
                        "registry.properties: apicurio.registry.use-id is \"guid\", expected contentId or globalId");
    }
}
