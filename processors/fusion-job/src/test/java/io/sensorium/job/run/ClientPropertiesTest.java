// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.config.PipelineFile;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClientPropertiesTest {

    private static List<String> problems(String registry) throws Exception {
        List<String> problems = new ArrayList<>();
        List<String> warnings = new ArrayList<>();
        ClientProperties.check(PipelineFile.parse("p", """
                        registry: {url: "http://registry", properties: {%s}}
                        modalities: {m: {encoder: e, topic: t}}
                        align: {min_modalities: 1}
                        operators: {s: {type: sentiment}}
                        """.formatted(registry)), problems, warnings);
        assertThat(warnings).isEmpty();
        return problems;
    }

    @Test
    void aLoginOfNoKnownSourceIsAProblem() throws Exception {
        assertThat(problems("basic.auth.credentials.source: USERINFO, basic.auth.user.info: '${env:LOGIN}'"))
                .containsExactly("registry.properties.basic.auth.credentials.source: is \"USERINFO\", expected one of "
                        + "[USER_INFO, URL, SASL_INHERIT]");
    }

    @Test
    void aProxyNeedsItsHostAndItsPort() throws Exception {
        assertThat(problems("proxy.host: proxy.example.com, proxy.port: 3128")).isEmpty();
        assertThat(problems("proxy.host: proxy.example.com"))
                .containsExactly("registry.properties.proxy.host: is set without proxy.port, so no proxy would be "
                        + "used; set both, or neither");
        assertThat(problems("proxy.port: 3128")).singleElement().asString().contains("without proxy.host");
    }
}
