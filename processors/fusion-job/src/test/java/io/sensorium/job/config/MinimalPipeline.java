// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sensorium.pipeline.ConfigurationException;
import java.util.List;

/** The shortest pipeline file, for tests to add to, and the problems for which a file is refused. */
final class MinimalPipeline {

    static final String MINIMAL = """
            modalities:
              text: {encoder: text-bge-small-en}
              image: {encoder: image-inception-mixed5}
            operators:
              sentiment: {type: sentiment}
            """;

    private MinimalPipeline() {}

    static List<String> problems(String yaml) {
        ConfigurationException e =
                catchThrowableOfType(ConfigurationException.class, () -> PipelineFile.parse("p.yaml", yaml));
        assertThat(e).as("the file should be refused").isNotNull();
        return e.problems();
    }
}
