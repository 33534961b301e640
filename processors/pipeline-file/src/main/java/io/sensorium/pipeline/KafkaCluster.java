// SPDX-License-Identifier: Apache-2.0
package io.sensorium.pipeline;

import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/**
 * Where the topics are.
 *
 * @param bootstrapServers {@code host:port}, several with commas
 * @param properties passed to every Kafka client
 * @param createTopics whether missing output topics are created
 */
public record KafkaCluster(String bootstrapServers, Map<String, String> properties, boolean createTopics)
        implements Serializable {

    /** Reads the file's {@code kafka}. */
    public static KafkaCluster read(ConfigNode root) {
        ConfigNode node = root.child("kafka");
        KafkaCluster kafka = new KafkaCluster(
                node.text("bootstrap_servers", "localhost:9092"),
                node.properties("properties"),
                node.flag("create_topics", true));
        ClientSecrets.refusePlaintext(node, "properties", kafka.properties());
        node.refuseUnknown();
        return kafka;
    }

    /**
     * References to secrets that cannot be resolved in a process, a message for each.
     *
     * @param environment of the process
     */
    public List<String> unresolvedSecrets(Map<String, String> environment) {
        return ClientSecrets.unresolved("kafka.properties", properties, environment);
    }

    /**
     * The properties of a client of this cluster, its address among them; further ones may be put. Secrets are still
     * references, which the client resolves.
     */
    public Properties clientProperties() {
        Map<String, String> complete = ClientSecrets.withProviders(properties);
        TokenEndpoint.complete(complete);
        Properties all = new Properties();
        all.putAll(complete);
        all.put("bootstrap.servers", bootstrapServers);
        return all;
    }
}
