package io.sensorium.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.PipelineModels.BoundHead;
import io.sensorium.job.align.AlignSettings.OperatorNeed;
import io.sensorium.job.config.PipelineFile;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The heads that a pipeline file's operators come to, with the bundled pack. */
class PipelineModelsTest {

    private static final String ALL = """
            modalities:
              text: {encoder: text-bge-small-en}
              image: {encoder: image-inception-mixed5}
              audio: {encoder: audio-speech-embedding}
            """;

    private static List<BoundHead> heads(String modalities, String operator) throws Exception {
        List<String> problems = new ArrayList<>();
        List<BoundHead> heads = PipelineModels.resolve(PipelineFile.parse("p.yaml", modalities + "align: {min_modalities: 1}\noperators:\n  mine: {" + operator + "}\n"),
                problems, new ArrayList<>()).map(PipelineModels::heads).orElse(List.of());
        assertThat(problems).isEmpty();
        return heads;
    }

    @ParameterizedTest
    @ValueSource(strings = {"early", "late-concat", "late-sum", "late-product", "late-attention", "hierarchical", "tensor", "attention", "single-stream"})
    void everyFusionHasABundledHeadThatTakesAnyModality(String fusion) throws Exception {
        for (String modalities : List.of(ALL, "modalities:\n  text: {encoder: text-bge-small-en}\n")) {
            assertThat(heads(modalities, "type: sentiment, fusion: " + fusion)).singleElement().satisfies(head -> {
                assertThat(head.head().manifest().name()).isEqualTo("sentiment-" + fusion);
                assertThat(head.need().accepts(1)).isTrue();
            });
        }
    }

    @Test
    void lateIsLearnedAttention() throws Exception {
        assertThat(heads(ALL, "type: sentiment, fusion: late").get(0).head().manifest().name()).isEqualTo("sentiment-late-attention");
    }

    @Test
    void aHeadOfThisProjectRunsAsAnOnnxOperatorWithoutFurtherWords() throws Exception {
        BoundHead emotion = heads(ALL, "type: onnx, model: speech-emotion-early").get(0);
        OperatorNeed need = emotion.need();
        // By name the modalities are audio, image, text; the head hears.
        assertThat(need.accepts(0b001)).isTrue();
        assertThat(need.accepts(0b110)).isFalse();
    }
}
