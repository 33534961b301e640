// SPDX-License-Identifier: Apache-2.0
package io.sensorium.schemas;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sensorium.schemas.ApicurioHttp.NamedErrorException;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.avro.Schema;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;

/**
 * Apicurio's own API (version 3), with the ids that its serializers write: of contents or of versions (global), in 4 or
 * 8 bytes. A subject is an artifact of the configured group. Schemas and refusals are remembered as by
 * {@link ConfluentSchemaRegistry}. Ids beyond 2³¹ - 1 are not supported. Safe for several threads.
 */
final class ApicurioSchemaRegistry implements RegistryClient {

    private static final int MAX_SUBJECTS = 500;

    private static final int MAX_REFERENCES = 1000;

    /** The errors that mean that something does not exist; another 404 is a proxy's, or a wrong path's. */
    private static final Set<String> NOT_FOUND = Set.of(
            "ContentNotFoundException",
            "VersionNotFoundException",
            "ArtifactNotFoundException",
            "GroupNotFoundException",
            "BranchNotFoundException");

    private final String url;
    private final ApicurioHttp http;
    private final SchemaAnswers<String> answers = new SchemaAnswers<>();
    private final String group;
    private final ApicurioIds ids;

    ApicurioSchemaRegistry(String url, Map<String, String> properties) {
        this.url = url;
        this.http = new ApicurioHttp(url, properties);
        this.group = properties.getOrDefault(RegistryProperties.GROUP_ID, "default");
        this.ids = ApicurioIds.of(properties);
    }

    @Override
    public int idBytes() {
        return ids.bytes();
    }

    @Override
    public int register(String subject, String avroSchema) throws IOException {
        return register(subject, "AVRO", avroSchema);
    }

    @Override
    public int registerJson(String subject, String jsonSchema) throws IOException {
        return register(subject, "JSON", jsonSchema);
    }

    private int register(String subject, String type, String schema) throws IOException {
        ObjectNode artifact = JsonNodeFactory.instance.objectNode();
        artifact.put("artifactId", subject).put("artifactType", type);
        artifact.putObject("firstVersion")
                .putObject("content")
                .put("content", schema)
                .put("contentType", "application/json");
        try {
            return id(http.post("/groups/" + segment(group) + "/artifacts?ifExists=FIND_OR_CREATE_VERSION", artifact)
                    .path("version"));
        } catch (RestClientException e) {
            if (e.getStatus() == 409 || e.getStatus() == 422) {
                throw new IncompatibleSchemaException(subject, e);
            }
            throw failed("register a schema under " + subject, e);
        } catch (IOException | RuntimeException e) {
            throw failed("register a schema under " + subject, e);
        }
    }

    @Override
    public String schemaOf(int id) throws IOException {
        return answers.get(id, () -> fetch(id));
    }

    @Override
    public void requireAnswer() throws IOException {
        try {
            http.get(path(Integer.MAX_VALUE));
        } catch (RestClientException e) {
            if (!notFound(e)) {
                throw failed("read a schema", e);
            }
        } catch (IOException | RuntimeException e) {
            throw failed("read a schema", e);
        }
    }

    @Override
    public Optional<LatestSchema> latest(String subject) throws IOException {
        try {
            JsonNode latest = http.json(version(group, subject, "branch=latest"));
            String content = version(group, subject, latest.path("version").asText()) + "/content";
            return Optional.of(new LatestSchema(
                    id(latest),
                    latest.path("version").asText(),
                    latest.path("artifactType").asText(),
                    text(http.get(content))));
        } catch (RestClientException e) {
            if (notFound(e)) {
                return Optional.empty();
            }
            throw failed("read the latest schema of subject " + subject, e);
        } catch (IOException | RuntimeException e) {
            throw failed("read the latest schema of subject " + subject, e);
        }
    }

    @Override
    public Collection<String> subjects() throws IOException {
        try {
            JsonNode found = http.json("/groups/" + segment(group) + "/artifacts?limit=" + MAX_SUBJECTS);
            List<String> subjects = new ArrayList<>();
            found.path("artifacts")
                    .forEach(
                            artifact -> subjects.add(artifact.path("artifactId").asText()));
            return subjects;
        } catch (IOException | RestClientException | RuntimeException e) {
            throw failed("list the artifacts of group " + group, e);
        }
    }

    private String fetch(int id) throws IOException {
        try {
            return avro(id, text(http.get(path(id))), http.json(path(id) + "/references"));
        } catch (RestClientException e) {
            if (notFound(e)) {
                throw new UnknownSchemaException(id, e);
            }
            throw failed("read schema " + id, e);
        } catch (UnreadableSchemaException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw failed("read schema " + id, e);
        }
    }

    /** The schema with everything it refers to inlined. */
    private String avro(int id, String schema, JsonNode references) throws IOException, RestClientException {
        Map<String, String> referred = new LinkedHashMap<>();
        resolve(id, references, referred);
        try {
            Schema.Parser parser = new Schema.Parser();
            referred.values().forEach(parser::parse);
            return parser.parse(schema).toString();
        } catch (RuntimeException | StackOverflowError e) {
            throw new UnreadableSchemaException(
                    "schema id " + id + " is not an Avro schema"
                            + (referred.isEmpty() ? "" : ", with those that it refers to") + ": " + e,
                    e);
        }
    }

    /** Adds what is referred to, the deepest first, as Avro has to read it. */
    private void resolve(int id, JsonNode references, Map<String, String> referred)
            throws IOException, RestClientException {
        for (JsonNode reference : references) {
            String version = version(
                    reference.path("groupId").asText("default"),
                    reference.path("artifactId").asText(),
                    reference.path("version").asText());
            if (referred.containsKey(version)) {
                continue;
            }
            if (referred.size() >= MAX_REFERENCES) {
                throw new UnreadableSchemaException(
                        "schema id " + id + " refers to more than " + MAX_REFERENCES + " others", null);
            }
            // Named before it is followed, so that a circle ends; the order is put right below.
            referred.put(version, "");
            try {
                resolve(id, http.json(version + "/references"), referred);
                referred.remove(version);
                referred.put(version, text(http.get(version + "/content")));
            } catch (RestClientException e) {
                if (!notFound(e)) {
                    throw e;
                }
                throw new UnreadableSchemaException(
                        "schema id " + id + " refers to "
                                + reference.path("artifactId").asText() + ", version "
                                + reference.path("version").asText() + ", which the registry does not have",
                        e);
            }
        }
    }

    private int id(JsonNode version) throws IOException {
        JsonNode id = version.path(ids.global() ? "globalId" : "contentId");
        if (!id.canConvertToInt() || id.intValue() <= 0) {
            throw new IOException("its answer has no " + (ids.global() ? "globalId" : "contentId")
                    + " between 1 and 2^31 - 1: " + version);
        }
        return id.intValue();
    }

    private String path(int id) {
        return (ids.global() ? "/ids/globalIds/" : "/ids/contentIds/") + id;
    }

    private static String version(String group, String artifact, String version) {
        return "/groups/" + segment(group) + "/artifacts/" + segment(artifact) + "/versions/"
                + (version.startsWith("branch=") ? version : segment(version));
    }

    private static String segment(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static String text(byte[] content) {
        return new String(content, StandardCharsets.UTF_8);
    }

    private static boolean notFound(RestClientException e) {
        return e instanceof NamedErrorException error && NOT_FOUND.contains(error.name());
    }

    private IOException failed(String what, Exception e) {
        return RegistryFailures.of(what, url, http.credentials(), e);
    }
}
