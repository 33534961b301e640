// SPDX-License-Identifier: Apache-2.0
package io.sensorium.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class RegistryAccessTest {

    private static RegistryAccess read(String registry) throws ConfigurationException {
        return PipelineTopics.parse("test.yaml", """
                modalities: {text: {encoder: e}}
                operators: {sentiment: {type: sentiment}}
                """ + registry).registry();
    }

    @Test
    void theApiIsConfluentsUnlessTheFileNamesAnother() throws Exception {
        assertThat(read("").type()).isEqualTo("confluent");
        assertThat(read("registry: {url: 'http://registry.example.com/apis/ccompat/v7'}")
                        .type())
                .isEqualTo("confluent");
        assertThat(read("registry: {type: apicurio, url: 'http://registry.example.com/apis/registry/v3'}")
                        .type())
                .isEqualTo("apicurio");
    }

    @Test
    void theOtherApisPathIsReported() {
        assertThatThrownBy(() -> read("registry: {type: apicurio, url: 'http://registry.example.com/apis/ccompat/v7'}"))
                .hasMessageContainingAll("registry.url", "ends in /apis/registry/v3");
        assertThatThrownBy(
                        () -> read("registry: {type: apicurio, url: 'http://registry.example.com/apis/registry/v2'}"))
                .hasMessageContaining("ends in /apis/registry/v3");
        assertThatThrownBy(() -> read("registry: {url: 'http://registry.example.com/apis/registry/v3'}"))
                .hasMessageContaining("set type: apicurio");
        assertThatThrownBy(() -> read("registry: {type: karapace}")).hasMessageContaining("[confluent, apicurio]");
    }

    @Test
    void secretsInPlaintextAreRefused() {
        assertThatThrownBy(() -> read("registry: {properties: {bearer.auth.client.secret: x, bearer.auth.token: y}}"))
                .hasMessageContainingAll("bearer.auth.client.secret", "bearer.auth.token", "plaintext secret");
    }
}
