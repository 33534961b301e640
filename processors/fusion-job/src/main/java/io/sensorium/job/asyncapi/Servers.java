// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.asyncapi;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.records.OutputSchemas;
import java.util.Locale;
import java.util.Map;

/** The brokers of a pipeline and how clients log in, without any secret. Pure. */
final class Servers {

    private Servers() {}

    static ObjectNode of(PipelineConfig config) {
        ObjectNode servers = JsonNodeFactory.instance.objectNode();
        String protocol = config.kafka().properties().getOrDefault("security.protocol", "PLAINTEXT");
        String[] addresses = config.kafka().bootstrapServers().split(",");
        for (int i = 0; i < addresses.length; i++) {
            ObjectNode server = servers.putObject(i == 0 ? "kafka" : "kafka-" + (i + 1))
                    .put("host", addresses[i].strip())
                    .put("protocol", protocol.toUpperCase(Locale.ROOT).contains("SSL") ? "kafka-secure" : "kafka");
            security(config.kafka().properties(), protocol, server);
            if (OutputSchemas.needRegistry(config)) {
                server.putObject("bindings")
                        .putObject("kafka")
                        .put("schemaRegistryUrl", config.registry().url())
                        .put("schemaRegistryVendor", config.registry().type())
                        .put("bindingVersion", "0.5.0");
            }
        }
        return servers;
    }

    private static void security(Map<String, String> properties, String protocol, ObjectNode server) {
        String mechanism = properties.getOrDefault("sasl.mechanism", "GSSAPI").toUpperCase(Locale.ROOT);
        String type = protocol.toUpperCase(Locale.ROOT).startsWith("SASL")
                ? switch (mechanism) {
                    case "PLAIN" -> "plain";
                    case "SCRAM-SHA-256" -> "scramSha256";
                    case "SCRAM-SHA-512" -> "scramSha512";
                    case "GSSAPI" -> "gssapi";
                    // OAuth's scheme demands addresses that the pipeline file need not have.
                    default -> null;
                }
                : properties.containsKey("ssl.keystore.location") ? "X509" : null;
        if (type != null) {
            ArrayNode security = server.putArray("security");
            security.addObject().put("type", type);
        }
    }
}
