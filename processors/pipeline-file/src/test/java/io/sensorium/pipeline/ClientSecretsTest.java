// SPDX-License-Identifier: Apache-2.0
package io.sensorium.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClientSecretsTest {

    private static final String JAAS = "org.apache.kafka.common.security.plain.PlainLoginModule required ";

    @TempDir
    Path folder;

    private static List<String> unresolved(String value) {
        return ClientSecrets.unresolved("kafka.properties", Map.of("sasl.jaas.config", value), Map.of("SET", ""));
    }

    @Test
    void aVariableThatIsNotSetIsReportedWithItsProperty() {
        assertThat(unresolved(JAAS + "username=\"${env:SET}\" password=\"${env:BROKER_PASSWORD}\";"))
                .singleElement()
                .asString()
                .startsWith("kafka.properties.sasl.jaas.config: refers to ${env:BROKER_PASSWORD}")
                .contains("the environment variable BROKER_PASSWORD is not set");
        assertThat(unresolved(JAAS + "username=\"${env:SET}\" password=\"plain\";"))
                .isEmpty();
    }

    @Test
    void soAreFilesAndPropertiesThatAreMissing() throws IOException {
        Path file = Files.writeString(folder.resolve("secrets.properties"), "password=x\n");
        assertThat(unresolved("${file:" + file + ":password}${directory:" + folder + ":secrets.properties}"))
                .isEmpty();
        assertThat(unresolved("${file:" + file + ":pasword}"))
                .singleElement()
                .asString()
                .contains("has no property pasword");
        assertThat(unresolved("${file:" + folder.resolve("none") + ":password}"))
                .singleElement()
                .asString()
                .contains("cannot be read", "none");
        assertThat(unresolved("${directory:" + folder + ":none}"))
                .singleElement()
                .asString()
                .contains("no such file");
    }

    @Test
    void referencesToProvidersOfTheUsersOwnAreNotChecked() {
        assertThat(ClientSecrets.unresolved(
                        "kafka.properties",
                        Map.of("config.providers", "env", "sasl.jaas.config", "${env:NONE}"),
                        Map.of()))
                .isEmpty();
        assertThat(unresolved("${vault:kafka:password}")).isEmpty();
    }
}
