// SPDX-License-Identifier: Apache-2.0
package io.sensorium.schemas;

import java.io.IOException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.avro.AvroSchema;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.CachedSchemaRegistryClient;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.rest.entities.Schema;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.rest.entities.SchemaReference;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.rest.entities.SchemaString;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import org.apache.flink.avro.shaded.com.fasterxml.jackson.core.type.TypeReference;

/**
 * The genuine Confluent client behind {@link SchemaRegistry}. Schemas are cached; an id that the registry does not
 * have, or whose schema is not Avro, is remembered for {@link SchemaAnswers#REMEMBERED} and not requested again
 * meanwhile. Safe for several threads.
 */
public final class ConfluentSchemaRegistry implements RegistryClient {

    private static final int CACHED_SCHEMAS = 1000;

    /**
     * Error codes of Confluent's API: only these mean that something does not exist. A proxy's 404 has none of them.
     */
    private static final int SUBJECT_NOT_FOUND = 40401;

    private static final int VERSION_NOT_FOUND = 40402;
    private static final int SCHEMA_NOT_FOUND = 40403;

    /** A schema id that no registry assigns: requesting it distinguishes a registry from another server. */
    private static final int NO_SCHEMA = Integer.MAX_VALUE;

    /** Schemas that one schema may refer to, directly or not. */
    private static final int MAX_REFERENCES = 1000;

    private static final TypeReference<SchemaString> SCHEMA = new TypeReference<>() {};

    private final String url;
    private final RenewedRestService rest;
    private final CachedSchemaRegistryClient client;
    private final SchemaAnswers<String> avro = new SchemaAnswers<>();
    private final SchemaAnswers<String> guids = new SchemaAnswers<>();
    private final SchemaAnswers<RegisteredSchema> found = new SchemaAnswers<>();

    /**
     * @param url base of the Confluent API, path included
     * @param properties the Confluent client's own properties, such as {@code basic.auth.user.info},
     *     {@code bearer.auth.credentials.source} or {@code schema.registry.ssl.truststore.location}; values may refer
     *     to {@code ${env:NAME}}, {@code ${file:PATH:KEY}} and {@code ${directory:FOLDER:FILE}}, as Kafka's own may,
     *     and are read again when the registry answers 401
     * @throws RuntimeException where no client can be made with these properties
     */
    public ConfluentSchemaRegistry(String url, Map<String, String> properties) {
        this.url = url;
        this.rest = new RenewedRestService(url, properties);
        this.client = new CachedSchemaRegistryClient(rest, CACHED_SCHEMAS, rest.credentials());
    }

    @Override
    public int register(String subject, String avroSchema) throws IOException {
        return registered(subject, () -> client.register(subject, new AvroSchema(avroSchema)));
    }

    @Override
    public int registerJson(String subject, String jsonSchema) throws IOException {
        return registered(
                subject,
                () -> rest.registerSchema(jsonSchema, "JSON", List.of(), subject)
                        .getId());
    }

    private interface Registration {
        int id() throws IOException, RestClientException;
    }

    private int registered(String subject, Registration registration) throws IOException {
        try {
            return registration.id();
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
        return avro.get(id, () -> avro("schema id " + id, fetch(id)));
    }

    @Override
    public String schemaOf(UUID guid) throws IOException {
        return guids.get(guid, () -> avro("schema GUID " + guid, fetch(guid)));
    }

    @Override
    public RegisteredSchema find(int id) throws IOException {
        return found.get(id, () -> whole("schema id " + id, fetch(id)));
    }

    @Override
    public RegisteredSchema find(UUID guid) throws IOException {
        return found.get(guid, () -> whole("schema GUID " + guid, fetch(guid)));
    }

    /** The schema with everything it refers to beside it. */
    private RegisteredSchema whole(String name, SchemaString schema) throws IOException {
        Map<String, String> references = new LinkedHashMap<>();
        if (schema.getReferences() != null) {
            resolve(name, schema.getReferences(), references);
        }
        String type = schema.getSchemaType() == null ? AvroSchema.TYPE : schema.getSchemaType();
        return new RegisteredSchema(type, schema.getSchemaString(), references);
    }

    private SchemaString fetch(UUID guid) throws IOException {
        try {
            return rest.httpRequest(
                    "schemas/guids/" + guid, "GET", null, RenewedRestService.DEFAULT_REQUEST_PROPERTIES, SCHEMA);
        } catch (RestClientException e) {
            if (e.getErrorCode() == SCHEMA_NOT_FOUND) {
                throw new UnknownSchemaException(guid, e);
            }
            if (e.getStatus() == 404 || e.getStatus() == 405) {
                // Older registries and those of others have no such path; a proxy without a registry does not answer.
                requireAnswer();
                throw new UnreadableSchemaException(
                        "schema GUID " + guid + " cannot be read: the registry " + url
                                + " does not offer schemas by GUID (schemas/guids: HTTP " + e.getStatus()
                                + "); set the producer's value.schema.id.serializer to "
                                + "io.confluent.kafka.serializers.schema.id.PrefixSchemaIdSerializer, its default",
                        e);
            }
            throw failed("read schema GUID " + guid, e);
        } catch (IOException | RuntimeException e) {
            throw failed("read schema GUID " + guid, e);
        }
    }

    @Override
    public void requireAnswer() throws IOException {
        try {
            rest.getId(NO_SCHEMA);
        } catch (RestClientException e) {
            if (e.getErrorCode() != SCHEMA_NOT_FOUND) {
                throw failed("read a schema", e);
            }
        } catch (IOException | RuntimeException e) {
            throw failed("read a schema", e);
        }
    }

    @Override
    public Optional<LatestSchema> latest(String subject) throws IOException {
        try {
            Schema latest = rest.getLatestVersion(subject);
            String type = latest.getSchemaType() == null ? AvroSchema.TYPE : latest.getSchemaType();
            return Optional.of(
                    new LatestSchema(latest.getId(), String.valueOf(latest.getVersion()), type, latest.getSchema()));
        } catch (RestClientException e) {
            if (e.getErrorCode() == SUBJECT_NOT_FOUND || e.getErrorCode() == VERSION_NOT_FOUND) {
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
            return rest.getAllSubjects();
        } catch (IOException | RestClientException | RuntimeException e) {
            throw failed("list the subjects", e);
        }
    }

    private SchemaString fetch(int id) throws IOException {
        try {
            return rest.getId(id);
        } catch (RestClientException e) {
            if (e.getErrorCode() == SCHEMA_NOT_FOUND) {
                throw new UnknownSchemaException(id, e);
            }
            throw failed("read schema " + id, e);
        } catch (IOException | RuntimeException e) {
            throw failed("read schema " + id, e);
        }
    }

    /** The schema with everything it refers to inlined. */
    private String avro(String name, SchemaString found) throws IOException {
        if (found.getSchemaType() != null && !found.getSchemaType().equals(AvroSchema.TYPE)) {
            throw new UnreadableSchemaException(
                    name + " is of type " + found.getSchemaType() + ", expected AVRO; produce with an Avro serializer",
                    null);
        }
        if (found.getReferences() == null || found.getReferences().isEmpty()) {
            return found.getSchemaString();
        }
        Map<String, String> resolved = new LinkedHashMap<>();
        resolve(name, found.getReferences(), resolved);
        try {
            return new AvroSchema(found.getSchemaString(), found.getReferences(), resolved, null)
                    .rawSchema()
                    .toString();
        } catch (RuntimeException | StackOverflowError e) {
            throw new UnreadableSchemaException(name + " cannot be parsed with its references: " + e, e);
        }
    }

    /** Adds what is referred to, the deepest first, as Avro has to read it. */
    private void resolve(String name, List<SchemaReference> references, Map<String, String> resolved)
            throws IOException {
        for (SchemaReference reference : references) {
            if (resolved.containsKey(reference.getName())) {
                continue;
            }
            if (resolved.size() >= MAX_REFERENCES) {
                throw new UnreadableSchemaException(name + " refers to more than " + MAX_REFERENCES + " others", null);
            }
            // Named before it is followed, so that a circle ends; the order is put right below.
            resolved.put(reference.getName(), "");
            Schema schema = version(name, reference);
            if (schema.getReferences() != null) {
                resolve(name, schema.getReferences(), resolved);
            }
            resolved.remove(reference.getName());
            resolved.put(reference.getName(), schema.getSchema());
        }
    }

    private Schema version(String name, SchemaReference reference) throws IOException {
        try {
            return rest.getVersion(reference.getSubject(), reference.getVersion(), true);
        } catch (RestClientException e) {
            if (e.getErrorCode() == SUBJECT_NOT_FOUND || e.getErrorCode() == VERSION_NOT_FOUND) {
                throw new UnreadableSchemaException(
                        name + " refers to version " + reference.getVersion() + " of subject " + reference.getSubject()
                                + ", which the registry does not have",
                        e);
            }
            throw failed("read version " + reference.getVersion() + " of subject " + reference.getSubject(), e);
        } catch (IOException | RuntimeException e) {
            throw failed("read version " + reference.getVersion() + " of subject " + reference.getSubject(), e);
        }
    }

    private IOException failed(String what, Exception e) {
        return RegistryFailures.of(what, url, rest.credentials(), e);
    }
}
