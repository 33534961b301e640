// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Which logins are refused before any client is made. */
class KafkaLoginTest {

    private static List<String> problems(String... namesAndValues) {
        Map<String, String> properties = new HashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            properties.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        List<String> problems = new ArrayList<>();
        KafkaLogin.check(properties, problems);
        return problems;
    }

    @Test
    void logins() {
        assertThat(problems()).isEmpty();
        assertThat(problems("security.protocol", "SASL_SSL", "sasl.mechanism", "SCRAM-SHA-512"))
                .isEmpty();
        assertThat(problems(
                        "security.protocol",
                        "SASL_SSL",
                        "sasl.mechanism",
                        "OAUTHBEARER",
                        "sasl.oauthbearer.token.endpoint.url",
                        "https://login.example.com"))
                .isEmpty();
        assertThat(problems(
                        "security.protocol",
                        "SASL_SSL",
                        "sasl.mechanism",
                        "OAUTHBEARER",
                        "sasl.login.callback.handler.class",
                        "com.example.Login"))
                .isEmpty();
    }

    @Test
    void aMechanismThatTheProtocolDoesNotUse() {
        assertThat(problems("sasl.mechanism", "PLAIN"))
                .singleElement()
                .asString()
                .contains("security.protocol: is PLAINTEXT", "set SASL_SSL");
    }

    @Test
    void tokensFromNowhere() {
        assertThat(problems("security.protocol", "SASL_SSL", "sasl.mechanism", "OAUTHBEARER"))
                .singleElement()
                .asString()
                .contains("no source of tokens is set", "sasl.oauthbearer.token.endpoint.url");
        assertThat(problems(
                        "security.protocol",
                        "SASL_SSL",
                        "sasl.mechanism",
                        "OAUTHBEARER",
                        "sasl.login.callback.handler.class",
                        "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler"))
                .singleElement()
                .asString()
                .contains("sasl.oauthbearer.token.endpoint.url: is missing");
    }

    @Test
    void theHandlersFormerName() {
        assertThat(problems(
                        "security.protocol",
                        "SASL_SSL",
                        "sasl.mechanism",
                        "OAUTHBEARER",
                        "sasl.login.callback.handler.class",
                        "org.apache.kafka.common.security.oauthbearer.secured.OAuthBearerLoginCallbackHandler"))
                .singleElement()
                .asString()
                .contains("Kafka 4.0 removed", "leave the property out");
    }
}
