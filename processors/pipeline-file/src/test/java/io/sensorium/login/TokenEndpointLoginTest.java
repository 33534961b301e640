// SPDX-License-Identifier: Apache-2.0
package io.sensorium.login;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.pipeline.KafkaCluster;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import javax.security.auth.callback.Callback;
import javax.security.auth.login.AppConfigurationEntry;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerTokenCallback;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenEndpointLoginTest {

    private static final String URL = "https://login.example.com/token";
    private static final String FORMER = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler";

    @TempDir
    Path folder;

    private static Properties client(Map<String, String> properties) {
        return new KafkaCluster("localhost:9092", properties, false).clientProperties();
    }

    @Test
    void anEndpointSuffices() {
        assertThat(client(Map.of("sasl.mechanism", "OAUTHBEARER", "sasl.oauthbearer.token.endpoint.url", URL)))
                .containsEntry("sasl.login.callback.handler.class", TokenEndpointLogin.class.getName())
                .containsEntry("sasl.jaas.config", OAuthBearerLoginModule.class.getName() + " required;");
    }

    @Test
    void kafkasOwnHandlerIsReplacedAndTheModulesOptionsStay() {
        String jaas = OAuthBearerLoginModule.class.getName() + " required clientId=\"x\" clientSecret=\"${env:S}\";";
        assertThat(client(Map.of(
                        "sasl.mechanism",
                        "OAUTHBEARER",
                        "sasl.login.callback.handler.class",
                        FORMER,
                        "sasl.jaas.config",
                        jaas)))
                .containsEntry("sasl.login.callback.handler.class", TokenEndpointLogin.class.getName())
                .containsEntry("sasl.jaas.config", jaas);
    }

    @Test
    void otherLoginsStayAsTheyAre() {
        Map<String, String> another =
                Map.of("sasl.mechanism", "OAUTHBEARER", "sasl.login.callback.handler.class", "com.example.Login");
        assertThat(client(another)).hasSize(3).containsAllEntriesOf(another);
        assertThat(client(Map.of("sasl.mechanism", "SCRAM-SHA-512"))).hasSize(2);
    }

    @Test
    void aTokenInAFileIsUsedWithoutASystemProperty() throws Exception {
        long now = Instant.now().getEpochSecond();
        Path file = folder.resolve("token");
        String token = base64("{\"alg\":\"none\"}") + "."
                + base64("{\"sub\":\"job\",\"scope\":\"kafka\",\"iat\":" + now + ",\"exp\":" + (now + 60) + "}")
                + ".c2ln";
        Files.writeString(file, token);
        Map<String, Object> properties = new HashMap<>();
        client(Map.of(
                        "sasl.mechanism",
                        "OAUTHBEARER",
                        "sasl.oauthbearer.token.endpoint.url",
                        file.toUri().toString()))
                .forEach((name, value) -> properties.put((String) name, value));
        TokenEndpointLogin login = new TokenEndpointLogin();
        login.configure(
                new AdminClientConfig(properties).values(),
                "OAUTHBEARER",
                List.of(new AppConfigurationEntry(
                        OAuthBearerLoginModule.class.getName(),
                        AppConfigurationEntry.LoginModuleControlFlag.REQUIRED,
                        Map.of())));
        OAuthBearerTokenCallback callback = new OAuthBearerTokenCallback();
        login.handle(new Callback[] {callback});
        assertThat(callback.token().value()).isEqualTo(token);
        login.close();
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
