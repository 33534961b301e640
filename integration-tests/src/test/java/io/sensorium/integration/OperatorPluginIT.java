// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import io.sensorium.integration.dominant.DominantResult;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.pipeline.ConfigurationException;
import io.sensorium.results.IncompleteWindow;
import io.sensorium.results.ModerationDecision;
import io.sensorium.results.SentimentResult;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * An operator type that is in test code alone, from its keys in the pipeline file to its records in Kafka: checked,
 * bound to modalities, run, written under its own schema, read by moderation rules, incomplete where it lacks what it
 * needs.
 */
class OperatorPluginIT {

    private static final long T = 1_700_000_000_000L;

    private static String yaml(TestTopics topics) {
        return topics.yaml(
                        "strategy: tumbling, size: 10s, min_modalities: 1", "parallelism: 1, checkpoint_interval: 1s")
                .replaceAll("(?m)^ *match:.*\\n", "")
                .replace(
                        "side_topics:",
                        "  dominant: {type: dominant, scale: 10, model: sentiment-late-attention, output: "
                                + topics.prefix + "results.dominant}\n"
                                + "moderation:\n  output: " + topics.prefix + "results.moderation\n"
                                + "  rules: {text: {when: 'dominant.modality == \"text\" and dominant.contribution >= "
                                + "-10', action: review, severity: low}}\nside_topics:");
    }

    @Test
    void aTypeOfOneFolderAndOneLineRunsFromKafkaToKafka() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 1)) {
            topics.send("image", topics.embedded("image", "both", "i", T, 1));
            topics.send("text", topics.embedded("text", "both", "t", T, 2));
            topics.send("text", topics.embedded("text", "text alone", "t2", T, 3));
            topics.flush();
            topics.runBounded(PipelineFile.parse("plugin.yaml", yaml(topics)));

            List<DominantResult> results = topics.read("results.dominant", new DominantResult());
            List<SentimentResult> sentiments = topics.read("results.sentiment", new SentimentResult());
            assertThat(results).hasSize(2);
            for (DominantResult result : results) {
                SentimentResult sentiment = sentiments.stream()
                        .filter(each -> each.getSubjectId().equals(result.get("subject_id")))
                        .findFirst()
                        .orElseThrow();
                Map.Entry<String, Double> largest = sentiment.getContributions().entrySet().stream()
                        .max(Map.Entry.comparingByValue((one, other) -> Double.compare(Math.abs(one), Math.abs(other))))
                        .orElseThrow();
                assertThat(result.get("modality")).isEqualTo(largest.getKey());
                assertThat((Double) result.get("contribution")).isCloseTo(10 * largest.getValue(), within(1e-5));
                assertThat(result.get("operator")).isEqualTo("dominant");
                assertThat(result.get("model")).isEqualTo(sentiment.getModel());
                assertThat(result.get("inputs")).isEqualTo(sentiment.getInputs());
                assertThat(result.get("result_id")).isNotEqualTo(sentiment.getResultId());
            }
            assertThat(topics.read("results.moderation", new ModerationDecision()))
                    .extracting(ModerationDecision::getSubjectId)
                    .contains("text alone");
        }
    }

    @Test
    void aWindowWithoutWhatItNeedsIsIncompleteUnderItsKey() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 1)) {
            topics.send("image", topics.embedded("image", "image alone", "i", T, 1));
            topics.flush();
            // A head that was trained on no encoder of images.
            topics.runBounded(
                    PipelineFile.parse("plugin.yaml", yaml(topics).replace("sentiment-late-attention", "mosi-early")));
            assertThat(topics.read("results.incomplete", new IncompleteWindow()))
                    .filteredOn(window -> window.getOperator().equals("dominant"))
                    .singleElement()
                    .satisfies(window -> assertThat(window.getMissing()).containsExactly("text"));
        }
    }

    @Test
    void itsKeysAreCheckedAsAllOthersAre() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 1)) {
            String yaml = yaml(topics).replace("scale: 10", "scael: 10").replace("{type: sentiment", "{type: dominent");
            assertThat(catchThrowableOfType(ConfigurationException.class, () -> PipelineFile.parse("plugin.yaml", yaml))
                            .problems())
                    .anySatisfy(problem ->
                            assertThat(problem).contains("operators.dominant.scael", "did you mean \"scale\""))
                    .anySatisfy(problem ->
                            assertThat(problem).contains("operators.sentiment.type", "did you mean \"dominant\""));
        }
    }
}
