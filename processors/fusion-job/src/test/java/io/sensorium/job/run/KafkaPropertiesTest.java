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
        assertThat(warnings("sasl.mechansim")).singleElement().asString().contains("\"sasl.mechansim\"", "did you mean \"sasl.mechanism\"");
        assertThat(warnings("acme.interceptor.endpoint")).singleElement().asString().contains("check its name");
    }

    @Test
    void namesOfEveryClientAndOfTheConnectorAreKnown() {
        for (String name : List.of("sasl.jaas.config", "ssl.truststore.location", "fetch.max.wait.ms", "linger.ms", "transaction.timeout.ms", "security.protocol",
                "partition.discovery.interval.ms", "config.providers.file.class")) {
            assertThat(warnings(name)).as(name).isEmpty();
        }
    }
}
