// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sensorium.job.config.ModelBundle;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.job.config.Rollout;
import io.sensorium.job.config.Rollout.Mode;
import io.sensorium.job.models.PipelineModels;
import io.sensorium.pipeline.ConfigurationException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a rollout may change, with the bundled models. */
class RolloutCheckTest {

    private static final String YAML = """
            modalities:
              image: {encoder: image-inception-mixed5}
              text: {encoder: text-bge-small-en}
            operators:
              sentiment: {type: sentiment}
              match: {type: match, pairs: [[image, text]]}
              clip: {type: sentiment, fusion: hierarchical, context: {windows: 3}, output: results.clip}
            """;

    private final PipelineConfig config;
    private final ModelBundle file;

    RolloutCheckTest() throws ConfigurationException {
        config = PipelineFile.parse("p.yaml", YAML);
        file = PipelineModels.resolve(config, new ArrayList<>(), new ArrayList<>())
                .orElseThrow()
                .fileBundle(config);
    }

    private ModelBundle resolve(Mode mode, Map<String, String> encoders, Map<String, String> operators)
            throws ConfigurationException {
        return RolloutCheck.resolve(
                config, file, new Rollout(List.of(), encoders, operators, mode, 1), "rollout.yaml", new ArrayList<>());
    }

    private List<String> problems(Mode mode, Map<String, String> encoders, Map<String, String> operators) {
        return catchThrowableOfType(ConfigurationException.class, () -> resolve(mode, encoders, operators))
                .problems();
    }

    @Test
    void whatIsNotNamedStaysAsItIs() throws Exception {
        ModelBundle bundle = resolve(Mode.LIVE, Map.of(), Map.of("sentiment", "sentiment-early"));
        assertThat(bundle.operators())
                .containsEntry("sentiment", "sentiment-early@2.0.0")
                .containsEntry("match", file.operators().get("match"))
                .containsEntry("clip", file.operators().get("clip"));
        assertThat(bundle.encodesAs(file)).isTrue();
        assertThat(bundle.id()).isNotEqualTo(file.id());
        assertThat(resolve(
                                Mode.LIVE,
                                Map.of(),
                                Map.of("sentiment", file.operators().get("sentiment")))
                        .id())
                .as("the same models are the same bundle")
                .isEqualTo(file.id());
    }

    @Test
    void anotherPrecisionOfAnEncoderIsAnotherEncoder() throws Exception {
        ModelBundle bundle = resolve(Mode.LIVE, Map.of("text", "text-bge-small-en/fp32"), Map.of());
        assertThat(bundle.encoders()).containsEntry("text", "text-bge-small-en@1.5.0/fp32");
        assertThat(bundle.encodesAs(file)).isFalse();
        assertThat(PipelineModels.of(config, bundle)
                        .encoders()
                        .get(1)
                        .manifest()
                        .precision())
                .isEqualTo("fp32");
    }

    @Test
    void whatWouldChangeAlignmentIsRefused() {
        assertThat(problems(Mode.LIVE, Map.of("text", "text-bge-small-zh"), Map.of()))
                .anySatisfy(problem ->
                        assertThat(problem).contains("operators.match", "was not trained on the encoder of text"));
        assertThat(problems(Mode.LIVE, Map.of("text", "image-objects"), Map.of()))
                .isNotEmpty();
        assertThat(problems(Mode.LIVE, Map.of(), Map.of("sentiment", "match-dual-encoder")))
                .singleElement()
                .asString()
                .contains("no sentiment head \"match-dual-encoder\"");
        assertThat(problems(Mode.LIVE, Map.of(), Map.of("sentiment", "sentiment-erly")))
                .singleElement()
                .asString()
                .contains("no sentiment head \"sentiment-erly\"", "did you mean \"sentiment-early\"");
        assertThat(problems(Mode.LIVE, Map.of("text", "text-bge-small-en/int4"), Map.of()))
                .singleElement()
                .asString()
                .contains("int4", "[fp32, int8]");
        assertThat(problems(Mode.SHADOW, Map.of(), Map.of("clip", "mosi-context-early")))
                .anySatisfy(problem -> assertThat(problem).contains("operators.clip", "canary"));
    }

    /** The pipeline's own models may have problems, by which those of a rollout's file are no less. */
    @Test
    void aRolloutsFileIsReadWhereThePipelinesModelsHaveProblems(@TempDir Path folder) throws Exception {
        Files.writeString(folder.resolve("rollout.yaml"), "{operators: {sentimnt: sentiment-early}}");
        PipelineConfig watching = PipelineFile.parse("p.yaml", YAML + "rollout: {watch: '" + folder + "'}\n");
        List<String> problems = new ArrayList<>();
        List<String> warnings = new ArrayList<>();
        RolloutCheck.look(watching, Optional.empty(), problems, warnings);
        assertThat(problems).isEmpty();
        assertThat(warnings)
                .singleElement()
                .asString()
                .contains("would be refused", "operators.sentimnt", "did you mean \"sentiment\"?");
    }
}
