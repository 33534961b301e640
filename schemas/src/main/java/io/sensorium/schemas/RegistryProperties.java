// SPDX-License-Identifier: Apache-2.0
package io.sensorium.schemas;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.SchemaRegistryClientConfig;
import org.apache.flink.avro.registry.confluent.shaded.org.apache.kafka.common.config.ConfigDef;
import org.apache.flink.avro.registry.confluent.shaded.org.apache.kafka.common.config.ConfigTransformer;
import org.apache.flink.avro.registry.confluent.shaded.org.apache.kafka.common.config.provider.ConfigProvider;
import org.apache.flink.avro.registry.confluent.shaded.org.apache.kafka.common.config.provider.DirectoryConfigProvider;
import org.apache.flink.avro.registry.confluent.shaded.org.apache.kafka.common.config.provider.EnvVarConfigProvider;
import org.apache.flink.avro.registry.confluent.shaded.org.apache.kafka.common.config.provider.FileConfigProvider;

/** The properties of a registry's client, which are those of Confluent's. */
public final class RegistryProperties {

    static final String BASIC_SOURCE = SchemaRegistryClientConfig.BASIC_AUTH_CREDENTIALS_SOURCE;
    static final String BEARER_SOURCE = SchemaRegistryClientConfig.BEARER_AUTH_CREDENTIALS_SOURCE;
    static final String STATIC_TOKEN = SchemaRegistryClientConfig.BEARER_AUTH_TOKEN_CONFIG;
    static final String TOKEN_ENDPOINT = SchemaRegistryClientConfig.BEARER_AUTH_ISSUER_ENDPOINT_URL;

    /** A client uses a proxy where it has both. */
    public static final String PROXY_HOST = SchemaRegistryClientConfig.PROXY_HOST;

    public static final String PROXY_PORT = SchemaRegistryClientConfig.PROXY_PORT;

    /** Apicurio's own names, as its serializers have them. */
    static final String USE_ID = "apicurio.registry.use-id";

    static final String ID_HANDLER = "apicurio.registry.id-handler";
    static final String GROUP_ID = "apicurio.registry.artifact.group-id";

    private RegistryProperties() {}

    /**
     * The names that the client of a registry reads.
     *
     * @param type as {@link RegistryClient#of} takes it
     */
    public static Set<String> names(String type) {
        Set<String> names = new TreeSet<>(Set.of(
                BASIC_SOURCE,
                SchemaRegistryClientConfig.USER_INFO_CONFIG,
                SchemaRegistryClientConfig.SCHEMA_REGISTRY_USER_INFO_CONFIG,
                BEARER_SOURCE,
                STATIC_TOKEN,
                TOKEN_ENDPOINT,
                SchemaRegistryClientConfig.BEARER_AUTH_CLIENT_ID,
                SchemaRegistryClientConfig.BEARER_AUTH_CLIENT_SECRET,
                SchemaRegistryClientConfig.BEARER_AUTH_SCOPE,
                SchemaRegistryClientConfig.BEARER_AUTH_SCOPE_CLAIM_NAME,
                SchemaRegistryClientConfig.BEARER_AUTH_SUB_CLAIM_NAME,
                SchemaRegistryClientConfig.BEARER_AUTH_LOGICAL_CLUSTER,
                SchemaRegistryClientConfig.BEARER_AUTH_IDENTITY_POOL_ID,
                SchemaRegistryClientConfig.BEARER_AUTH_CACHE_EXPIRY_BUFFER_SECONDS,
                SchemaRegistryClientConfig.BEARER_AUTH_CUSTOM_PROVIDER_CLASS,
                SchemaRegistryClientConfig.HTTP_CONNECT_TIMEOUT_MS,
                SchemaRegistryClientConfig.HTTP_READ_TIMEOUT_MS,
                PROXY_HOST,
                PROXY_PORT));
        new ConfigDef()
                .withClientSslSupport()
                .names()
                .forEach(name -> names.add(SchemaRegistryClientConfig.CLIENT_NAMESPACE + name));
        if (type.equals("apicurio")) {
            names.addAll(Set.of(USE_ID, ID_HANDLER, GROUP_ID));
        }
        return names;
    }

    /**
     * What is wrong with how a client is to log in, each with the property's name in front: a value that no client
     * knows makes it send nothing.
     */
    public static List<String> loginProblems(Map<String, String> properties) {
        List<String> problems = new ArrayList<>();
        source(properties, BASIC_SOURCE, List.of("USER_INFO", "URL", "SASL_INHERIT"), problems);
        source(
                properties,
                BEARER_SOURCE,
                List.of("OAUTHBEARER", "STATIC_TOKEN", "SASL_OAUTHBEARER_INHERIT", "CUSTOM"),
                problems);
        String user = SchemaRegistryClientConfig.USER_INFO_CONFIG;
        if (properties.containsKey(user) && !properties.containsKey(BASIC_SOURCE)) {
            problems.add(user + ": is set, but is not sent without " + BASIC_SOURCE + "; set that to USER_INFO");
        }
        return problems;
    }

    private static void source(Map<String, String> properties, String name, List<String> known, List<String> problems) {
        String value = properties.get(name);
        if (value != null && !value.contains("${") && !known.contains(value)) {
            problems.add(name + ": is \"" + value + "\", expected one of " + known);
        }
    }

    /** Whether a token endpoint gives out this client's tokens. */
    static boolean usesTokenEndpoint(Map<String, String> properties) {
        return "OAUTHBEARER".equals(properties.get(BEARER_SOURCE));
    }

    /** The properties with what their references stand for at this moment. */
    static Map<String, String> resolved(Map<String, String> properties) {
        Map<String, ConfigProvider> providers = Map.of(
                "env",
                new EnvVarConfigProvider(),
                "file",
                new FileConfigProvider(),
                "directory",
                new DirectoryConfigProvider());
        providers.values().forEach(provider -> provider.configure(Map.of()));
        Map<String, String> resolved = new HashMap<>(
                new ConfigTransformer(providers).transform(properties).data());
        // A file that is one secret often ends in a line break. No header may have one, and the JDK's message about
        // that has the whole value.
        resolved.replaceAll((name, value) -> value.replaceFirst("[\r\n]+\\z", ""));
        return resolved;
    }
}
