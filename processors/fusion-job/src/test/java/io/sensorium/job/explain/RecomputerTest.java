// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.explain;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.alignment.AlignedWindow;
import io.sensorium.job.alignment.Embedding;
import io.sensorium.job.alignment.EmbeddingVector;
import io.sensorium.job.alignment.EmbeddingVector.Precision;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.job.explain.Explanation.Input;
import io.sensorium.job.explain.Explanation.Recomputation;
import io.sensorium.job.fuse.WindowFusion;
import io.sensorium.job.models.PipelineModels;
import io.sensorium.job.records.Coordinates;
import io.sensorium.job.records.IngestRecord;
import io.sensorium.operators.onnx.EmbeddingBytes;
import io.sensorium.results.InputReference;
import io.sensorium.results.MatchedTerm;
import io.sensorium.results.SentimentResult;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RecomputerTest {

    private static final String WRITTEN = "written while emit.texts allowed it";

    /** The file names no modality in {@code emit.texts}, as it may have done when the result was written. */
    @Test
    void textsMakeNoDifferenceAndAreNotInOne() throws Exception {
        PipelineConfig config = PipelineFile.parse("p.yaml", """
                modalities:
                  image: {encoder: image-inception-mixed5}
                  text: {encoder: text-bge-small-en}
                align: {strategy: tumbling, size: 10ms, min_modalities: 1}
                operators: {sentiment: {type: sentiment}}
                """);
        PipelineModels models = PipelineModels.require("p.yaml", config, new ArrayList<>());
        float[] vector = new float[384];
        Arrays.fill(vector, 0.05f);
        IngestRecord.Event event = new IngestRecord.Event(
                new Coordinates("media.text", 0, 7, 0, null, new byte[1], Map.of()),
                "t",
                "s",
                2,
                null,
                null,
                EmbeddingBytes.ofFloat32(vector),
                models.encoders().get(1).manifest().id(),
                Map.of(),
                0);
        Embedding embedding = new Embedding(
                PipelineModels.shortHash(models.encoders().get(1)),
                new EmbeddingVector(event.vector(), Precision.FLOAT32));
        SentimentResult result;
        try (WindowFusion fusion = WindowFusion.load(config, models.fileBundle(config))) {
            result = (SentimentResult) fusion.fuse(
                    "sentiment",
                    new AlignedWindow(
                            "s",
                            0,
                            10,
                            "",
                            List.of(event.encoded(1, List.of(embedding), Map.of(), null, null)),
                            List.of(),
                            AlignedWindow.Status.FINAL,
                            false,
                            AlignedWindow.ALL_OPERATORS,
                            AlignedWindow.FIRST));
        }
        InputReference input = result.getInputs().get(0);
        input.setText(WRITTEN);
        input.setTextLength(WRITTEN.length());
        input.setTerms(List.of(new MatchedTerm("slurs", "written", 0, 7, null)));
        List<Input> inputs = List.of(new Input(input, "", null));
        Recomputer recomputer = new Recomputer(config, null);

        assertThat(recomputer.recompute(result, inputs, List.of(event))).isEqualTo(new Recomputation.Same(0));

        result.setScore(result.getScore() - 0.5);
        assertThat(recomputer.recompute(result, inputs, List.of(event)))
                .isInstanceOfSatisfying(Recomputation.Different.class, different -> {
                    assertThat(different.largestDifference()).isGreaterThan(0.4);
                    assertThat(different.toString()).contains("score").doesNotContain(WRITTEN);
                });
    }
}
