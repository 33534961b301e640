// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.run;

import io.sensorium.pipeline.Suggestions;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;

/** Finds mistyped names and values among the Kafka client properties of a pipeline file. Pure. */
final class KafkaProperties {

    /** Names that the Flink connector reads. */
    private static final List<String> CONNECTOR = List.of(
            "partition.discovery.interval.ms",
            "client.id.prefix",
            "register.consumer.metrics",
            "register.producer.metrics",
            "commit.offsets.on.checkpoint");

    private KafkaProperties() {}

    /**
     * Adds a problem for each value that a client would refuse, and for those without which a producer cannot write in
     * transactions.
     *
     * @param properties by name; values that refer to a provider ({@code ${env:NAME}}) are not looked at
     * @param exactlyOnce whether results are written in transactions
     */
    static void checkValues(Map<String, String> properties, boolean exactlyOnce, List<String> problems) {
        properties.forEach((name, value) -> {
            Set<String> messages = new LinkedHashSet<>();
            if (!value.contains("${")) {
                for (ConfigDef client : List.of(
                        ConsumerConfig.configDef(), ProducerConfig.configDef(), AdminClientConfig.configDef())) {
                    problem(client.configKeys().get(name), name, value).ifPresent(messages::add);
                }
            }
            messages.forEach(message -> problems.add("kafka.properties." + name + ": " + message));
        });
        if (exactlyOnce) {
            refuse(properties, ProducerConfig.ACKS_CONFIG, Set.of("all", "-1"), "all", problems);
            refuse(properties, ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, Set.of("true"), "true", problems);
        }
    }

    private static void refuse(
            Map<String, String> properties, String name, Set<String> allowed, String expected, List<String> problems) {
        String value = properties.get(name);
        if (value != null && !allowed.contains(value)) {
            problems.add("kafka.properties." + name + ": is \"" + value
                    + "\", but runtime.guarantee is exactly_once, whose transactions need " + expected
                    + "; remove the property, or set the guarantee to at_least_once");
        }
    }

    private static Optional<String> problem(ConfigDef.ConfigKey key, String name, String value) {
        // Classes may be on the job's class path alone.
        if (key == null || key.type == ConfigDef.Type.CLASS) {
            return Optional.empty();
        }
        try {
            Object parsed = ConfigDef.parseType(name, value, key.type);
            if (key.validator != null) {
                key.validator.ensureValid(name, parsed);
            }
            return Optional.empty();
        } catch (ConfigException e) {
            return Optional.of(e.getMessage());
        }
    }

    /**
     * Adds a warning for each name that no Kafka client knows. It is not an error: plugins such as interceptors and
     * login modules read names of their own.
     *
     * @param properties by name
     */
    static void check(Map<String, String> properties, List<String> warnings) {
        TreeSet<String> known = new TreeSet<>(ConsumerConfig.configNames());
        known.addAll(ProducerConfig.configNames());
        known.addAll(AdminClientConfig.configNames());
        known.addAll(CONNECTOR);
        for (String name : properties.keySet()) {
            if (!known.contains(name) && !name.startsWith("config.providers")) {
                // The list of all known names would hide the message.
                String near = Suggestions.suggestion(name, known);
                warnings.add("kafka.properties: no Kafka client has a property \"" + name + "\""
                        + (near.contains("did you mean") ? near : "; check its name"));
            }
        }
    }
}
