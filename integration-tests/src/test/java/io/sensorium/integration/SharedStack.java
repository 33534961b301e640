// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.models.PipelineModels;
import io.sensorium.job.run.ModelProbe;
import io.sensorium.pipeline.ConfigurationException;
import io.sensorium.quickstart.layout.DistributionLayout;
import io.sensorium.quickstart.stack.EmbeddedStack;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** One broker and registry for all tests of a JVM; every test uses topics of its own. */
final class SharedStack {

    private static EmbeddedStack stack;

    private SharedStack() {}

    static synchronized EmbeddedStack get() throws IOException {
        if (stack == null) {
            Path distributions = DistributionLayout.root().resolve("quickstart/stack/target");
            stack = EmbeddedStack.start(distributions, Files.createTempDirectory("sensorium-it"));
            keepModelsOpen();
        }
        return stack;
    }

    /**
     * The models that the tests' pipelines name: whoever runs within this JVM shares what is open, and need not load it
     * one after the other.
     */
    private static void keepModelsOpen() {
        List<String> problems = new ArrayList<>();
        try (TestTopics topics =
                new TestTopics("models-", Map.of("bootstrap.servers", stack.bootstrapServers()), stack.registryUrl())) {
            PipelineConfig config = topics.config("strategy: tumbling, size: 10s", "parallelism: 1");
            ModelProbe.of(
                    config, PipelineModels.find(config, problems, new ArrayList<>()), problems, new ArrayList<>());
        } catch (ConfigurationException e) {
            problems.addAll(e.problems());
        }
        assertThat(problems).isEmpty();
    }
}
