// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Which names of Kafka client properties are reported. */
class KafkaPropertiesTest {

    private static List<String> warnings(String name) {
        List<String> warnings = new ArrayList<>();
        KafkaProperties.check(Map.of(name, "x"), warnings);
        return warnings;
    }

    @Test
    void aMistypedNameIsReportedWithTheNearestOne() {
        assertThat(warnings("sasl.mechansim"))
                .singleElement()
                .asString()
                .contains("\"sasl.mechansim\"", "did you mean \"sasl.mechanism\"");
        assertThat(warnings("acme.interceptor.endpoint"))
                .singleElement()
                .asString()
                .contains("check its name");
    }

    @Test
    void namesOfEveryClientAndOfTheConnectorAreKnown() {
        for (String name : List.of(
                "sasl.jaas.config",
                "ssl.truststore.location",
                "fetch.max.wait.ms",
                "linger.ms",
                "transaction.timeout.ms",
                "security.protocol",
                "partition.discovery.interval.ms",
                "config.providers.file.class")) {
            assertThat(warnings(name)).as(name).isEmpty();
        }
    }

    @Test
    void valuesThatNoClientTakesAreProblems() {
        List<String> problems = new ArrayList<>();
        KafkaProperties.checkValues(
                Map.of(
                        "fetch.max.bytes",
                        "99999999999",
                        "acks",
                        "0",
                        "enable.idempotence",
                        "false",
                        "auto.offset.reset",
                        "never",
                        "linger.ms",
                        "5",
                        "sasl.jaas.config",
                        "${env:JAAS}",
                        "interceptor.classes",
                        "com.example.Mine"),
                true,
                problems);
        assertThat(problems)
                .anySatisfy(problem -> assertThat(problem)
                        .startsWith("kafka.properties.fetch.max.bytes: ")
                        .contains("99999999999"))
                .anySatisfy(problem -> assertThat(problem)
                        .startsWith("kafka.properties.acks: ")
                        .contains("exactly_once"))
                .anySatisfy(problem -> assertThat(problem).startsWith("kafka.properties.enable.idempotence: "))
                .anySatisfy(problem -> assertThat(problem).startsWith("kafka.properties.auto.offset.reset: "))
                .hasSize(4);
        problems.clear();
        KafkaProperties.checkValues(Map.of("acks", "1"), false, problems);
        assertThat(problems).isEmpty();
    }
}
