// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.alignment.EncodedEvent;
import io.sensorium.job.alignment.Evidence;
import io.sensorium.job.alignment.Evidence.KnownItem;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.job.models.PipelineModels;
import io.sensorium.operators.encode.Passage;
import io.sensorium.results.KnownContent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class KnownValuesTest {

    private static final List<String> MODALITIES = List.of("image", "text");

    private static EncodedEvent event(int modality, KnownItem known) {
        return new EncodedEvent(
                modality, "e", 0, 0, 0, 0, List.of(), Map.of(), Map.of(), null, Evidence.of(null, known));
    }

    private static Map<String, Object> values(EncodedEvent... events) {
        Map<String, Object> values = new LinkedHashMap<>();
        KnownValues.put(MODALITIES, List.of(events), values);
        return values;
    }

    @Test
    void withoutAMatchOnlyThatIsKnown() {
        assertThat(values(event(0, null)))
                .isEqualTo(Map.of("bank.match", false, "bank.image.match", false, "bank.text.match", false));
    }

    @Test
    void theBestOfAllEventsAndOfAModalitysIsRead() {
        Map<String, Object> values = values(
                event(0, new KnownItem("far", "a", "pdq", 12)),
                event(0, new KnownItem("near", "b", "pdq", 3)),
                event(1, new KnownItem("vector", "c", "embedding", 0.01)),
                event(1, null));
        assertThat(values)
                .containsEntry("bank.match", true)
                .containsEntry("bank.id", "near")
                .containsEntry("bank.label", "b")
                .containsEntry("bank.by", "pdq")
                .containsEntry("bank.distance", 3.0)
                .containsEntry("bank.image.id", "near")
                .containsEntry("bank.text.id", "vector")
                .containsEntry("bank.text.distance", 0.01);
        assertThat(values(event(0, new KnownItem("p", "a", "pdq", 0)), event(1, new KnownItem("t", "a", "text", 0))))
                .containsEntry("bank.id", "t");
        assertThat(values(event(0, new KnownItem("b", "x", "pdq", 5)), event(0, new KnownItem("a", "y", "pdq", 5))))
                .containsEntry("bank.id", "a");
    }

    @Test
    void whatIsKnownKeepsTheTextOfTheEvidence() {
        Evidence text = new Evidence("words", List.of(new Passage("words", 1, null)), null);
        KnownItem item = new KnownItem("i", "l", "text", 0);
        assertThat(Evidence.of(text, item)).isEqualTo(new Evidence("words", text.passages(), item));
        assertThat(KnownValues.result(item)).isEqualTo(new KnownContent("i", "l", "text", 0.0));
        assertThat(KnownValues.result(null)).isNull();
    }

    private static List<String> problems(String bank, String operator, String when) throws Exception {
        PipelineConfig config = PipelineFile.parse("p.yaml", """
                modalities: {image: {encoder: image-inception-mixed5}, text: {encoder: text-bge-small-en}}
                align: {min_modalities: 1}
                operators: {%s: {type: sentiment}}
                %s
                moderation: {rules: {r: {when: '%s', action: hide}}}
                """.formatted(operator, bank, when));
        List<String> problems = new ArrayList<>();
        ModerationValues.check(config, PipelineModels.find(config, problems, new ArrayList<>()), problems);
        return problems;
    }

    @Test
    void rulesAreCheckedAgainstWhatABankGives() throws Exception {
        String when = "bank.match and bank.distance < 10 and bank.label in [\"a\"] and bank.text.by == \"text\""
                + " and not bank.image.match and bank.image.id != \"x\"";
        assertThat(problems("bank: {}", "s", when)).isEmpty();
        assertThat(problems("", "s", "bank.match")).singleElement().asString().contains("bank.match");
        assertThat(problems("bank: {}", "s", "bank.distance == \"a\"")).hasSize(1);
        assertThat(problems("bank: {}", "s", "bank.audio.match")).hasSize(1);
        assertThat(problems("bank: {}", "bank", "bank.match"))
                .anySatisfy(problem -> assertThat(problem).contains("operators.bank", "choose another key"));
        assertThat(problems("", "bank", "bank.score > 1")).isEmpty();
    }
}
