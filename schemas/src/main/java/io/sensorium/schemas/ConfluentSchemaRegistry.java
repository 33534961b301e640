package io.sensorium.schemas;

import java.io.IOException;
import java.util.Map;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.avro.AvroSchema;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.CachedSchemaRegistryClient;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import org.apache.flink.avro.registry.confluent.shaded.org.apache.kafka.common.config.ConfigTransformer;
import org.apache.flink.avro.registry.confluent.shaded.org.apache.kafka.common.config.provider.ConfigProvider;
import org.apache.flink.avro.registry.confluent.shaded.org.apache.kafka.common.config.provider.DirectoryConfigProvider;
import org.apache.flink.avro.registry.confluent.shaded.org.apache.kafka.common.config.provider.EnvVarConfigProvider;
import org.apache.flink.avro.registry.confluent.shaded.org.apache.kafka.common.config.provider.FileConfigProvider;

/** The genuine Confluent client behind {@link SchemaRegistry}. Safe for several threads; answers are cached. */
public final class ConfluentSchemaRegistry implements SchemaRegistry {

    private static final int CACHED_SCHEMAS = 1000;

    private final String url;
    private final CachedSchemaRegistryClient client;

    /**
     * @param url base of the Confluent API, path included
     * @param properties the Confluent client's own properties, such as {@code basic.auth.user.info} or
     *     {@code schema.registry.ssl.truststore.location}; values may refer to {@code ${env:NAME}}, {@code ${file:PATH:KEY}} and
     *     {@code ${directory:FOLDER:FILE}}, as Kafka's own may
     */
    public ConfluentSchemaRegistry(String url, Map<String, String> properties) {
        this.url = url;
        this.client = new CachedSchemaRegistryClient(url, CACHED_SCHEMAS, resolved(properties));
    }

    private static Map<String, String> resolved(Map<String, String> properties) {
        Map<String, ConfigProvider> providers = Map.of("env", new EnvVarConfigProvider(), "file", new FileConfigProvider(), "directory", new DirectoryConfigProvider());
        providers.values().forEach(provider -> provider.configure(Map.of()));
        return new ConfigTransformer(providers).transform(properties).data();
    }

    @Override
    public int register(String subject, String avroSchema) throws IOException {
        try {
            return client.register(subject, new AvroSchema(avroSchema));
        } catch (RestClientException e) {
            if (e.getStatus() == 409 || e.getStatus() == 422) {
                throw new IncompatibleSchemaException(subject, e);
            }
            throw failed("register a schema under " + subject, e);
        } catch (IOException e) {
            throw failed("register a schema under " + subject, e);
        }
    }

    @Override
    public String schemaOf(int id) throws IOException {
        try {
            return client.getSchemaById(id).canonicalString();
        } catch (RestClientException e) {
            if (e.getStatus() == 404) {
                throw new UnknownSchemaException(id, e);
            }
            throw failed("read schema " + id, e);
        } catch (IOException e) {
            throw failed("read schema " + id, e);
        }
    }

    private IOException failed(String what, Exception e) {
        return new IOException("could not " + what + " at the registry " + url + ": " + e.getMessage()
                + "; check registry.url and registry.properties, and that the registry is up", e);
    }
}
