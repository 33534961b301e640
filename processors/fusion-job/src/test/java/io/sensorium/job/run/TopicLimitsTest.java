// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TopicLimitsTest {

    private final List<String> problems = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();

    private void check(String topic, int limit) throws Exception {
        PipelineConfig config = PipelineFile.parse(
                "p.yaml",
                "modalities: {text: {encoder: text-bge-small-en}}\nalign: {min_modalities: 1}\noperators: {s: {type: sentiment}}\n");
        TopicLimits.check(config, topic, limit, problems, warnings);
    }

    @Test
    void kafkasOwnDefaultIsEnough() throws Exception {
        check("media.dead-letters", 1_048_588);
        check("results.sentiment", 1_048_588);
        assertThat(problems).isEmpty();
        assertThat(warnings).isEmpty();
    }

    @Test
    void aDeadLetterTopicThatTakesLessThanALetterIsWarnedOf() throws Exception {
        check("media.dead-letters", 100_000);
        assertThat(problems).isEmpty();
        assertThat(warnings)
                .singleElement()
                .asString()
                .contains("media.dead-letters", "100000", "coordinates only", "dead_letters.max_bytes");
    }

    @Test
    void aTopicThatCannotTakeCoordinatesIsRefused() throws Exception {
        check("media.dead-letters", 1000);
        check("results.sentiment", 1000);
        assertThat(problems)
                .hasSize(2)
                .allSatisfy(problem -> assertThat(problem).contains("1000", "4096", "raise it"));
    }
}
