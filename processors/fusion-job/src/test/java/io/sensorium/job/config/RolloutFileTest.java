// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sensorium.job.config.Rollout.Mode;
import io.sensorium.pipeline.ConfigurationException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RolloutFileTest {

    private static final Path FOLDER = Path.of("/watched");

    private static PipelineConfig pipeline() throws ConfigurationException {
        return PipelineFile.parse("p.yaml", """
                modalities: {text: {encoder: text-bge-small-en}}
                align: {min_modalities: 1}
                operators: {mood: {type: sentiment}}
                rollout: {watch: /watched, poll: 1s}
                side_topics: {shadow: my.shadow}
                """);
    }

    private static List<String> problems(String text) {
        return catchThrowableOfType(ConfigurationException.class, () -> RolloutFile.parse(FOLDER, text, pipeline()))
                .problems();
    }

    @Test
    void thePipelineFileSaysWhereToLook() throws Exception {
        assertThat(pipeline().rollout())
                .isEqualTo(new PipelineConfig.Watch("/watched", java.time.Duration.ofSeconds(1)));
        assertThat(pipeline().sideTopics().shadow()).isEqualTo("my.shadow");
        assertThat(pipeline().withoutRollout().rollout().on()).isFalse();
    }

    @Test
    void everyKeyIsRead() throws Exception {
        assertThat(RolloutFile.parse(
                        FOLDER,
                        "{packs: [next, /other], mode: canary, share: 0.25, encoders: {text: t@2}, operators: {mood: m@3/fp16}}",
                        pipeline()))
                .isEqualTo(new Rollout(
                        List.of("/watched/next", "/other"),
                        Map.of("text", "t@2"),
                        Map.of("mood", "m@3/fp16"),
                        Mode.CANARY,
                        0.25));
        assertThat(RolloutFile.parse(FOLDER, "operators: {mood: m}", pipeline()).mode())
                .isEqualTo(Mode.LIVE);
    }

    @Test
    void everyProblemIsNamedAtOnce() {
        assertThat(problems("{mode: shadowy, share: 2, encoders: {txt: t}, operators: {moods: m}, pack: [x]}"))
                .anySatisfy(problem -> assertThat(problem).contains("mode", "shadow, canary, live"))
                .anySatisfy(problem -> assertThat(problem).contains("share", "at most 1"))
                .anySatisfy(problem -> assertThat(problem).contains("encoders.txt", "did you mean \"text\""))
                .anySatisfy(problem -> assertThat(problem).contains("operators.moods", "did you mean \"mood\""))
                .anySatisfy(problem -> assertThat(problem).contains("pack", "did you mean \"packs\""));
        assertThat(problems("{mode: live, share: 0.5, operators: {mood: m}}"))
                .singleElement()
                .asString()
                .contains("share", "every subject");
        assertThat(problems("{mode: shadow}")).singleElement().asString().contains("both empty");
        assertThat(problems("{mode: [")).singleElement().asString().contains("line");
    }
}
