package io.sensorium.job.run;

import io.sensorium.pipeline.Nearest;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;

/** Finds mistyped names among the Kafka client properties of a pipeline file. Pure. */
final class KafkaProperties {

    /** Names that the Flink connector reads. */
    private static final List<String> CONNECTOR = List.of("partition.discovery.interval.ms", "client.id.prefix", "register.consumer.metrics",
            "register.producer.metrics", "commit.offsets.on.checkpoint");

    private KafkaProperties() {}

    /**
     * Adds a warning for each name that no Kafka client knows. It is not an error: plugins such as interceptors and login modules read names of their own.
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
                String near = Nearest.suggestion(name, known);
                warnings.add("kafka.properties: no Kafka client has a property \"" + name + "\"" + (near.contains("did you mean") ? near : "; check its name"));
            }
        }
    }
}
