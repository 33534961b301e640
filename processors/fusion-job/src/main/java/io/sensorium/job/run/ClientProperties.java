// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.run;

import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineConfig.Guarantee;
import io.sensorium.pipeline.Suggestions;
import io.sensorium.schemas.RegistryProperties;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What is wrong with the properties of Kafka's and the registry's clients, before any is made. */
final class ClientProperties {

    private ClientProperties() {}

    static void check(PipelineConfig config, List<String> problems, List<String> warnings) {
        Map<String, String> kafka = config.kafka().properties();
        KafkaProperties.check(kafka, warnings);
        KafkaProperties.checkValues(kafka, config.runtime().guarantee() == Guarantee.EXACTLY_ONCE, problems);
        KafkaLogin.check(kafka, problems);
        Map<String, String> registry = config.registry().properties();
        proxy(registry, RegistryProperties.PROXY_HOST, RegistryProperties.PROXY_PORT, problems);
        proxy(registry, RegistryProperties.PROXY_PORT, RegistryProperties.PROXY_HOST, problems);
        RegistryProperties.loginProblems(registry).forEach(problem -> problems.add("registry.properties." + problem));
        Set<String> names = RegistryProperties.names(config.registry().type());
        registry.keySet().stream().filter(name -> !names.contains(name)).forEach(name -> {
            String near = Suggestions.suggestion(name, names);
            warnings.add("registry.properties: the registry's client has no property \"" + name + "\""
                    + (near.contains("did you mean") ? near : "; check its name"));
        });
    }

    /** Without the other, the client would pass the proxy by. */
    private static void proxy(Map<String, String> registry, String one, String other, List<String> problems) {
        if (registry.containsKey(one) && !registry.containsKey(other)) {
            problems.add("registry.properties." + one + ": is set without " + other
                    + ", so no proxy would be used; set both, or neither");
        }
    }
}
