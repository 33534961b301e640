// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sensorium.operators.pack.ModelCatalog;
import io.sensorium.operators.pack.PackedModel;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadingEvaluationTest {

    private static final Path SAMPLES =
            Path.of(System.getProperty("sensorium.root"), "quickstart/src/main/resources/sample");

    @TempDir
    Path data;

    private static PackedModel model() {
        return ModelCatalog.bundled().find("text-reader-ppocr-v4").orElseThrow();
    }

    @Test
    void errorsAreCharactersThatAreOtherMissingOrAdded() {
        assertThat(ReadingEvaluation.errors("one job", "one job")).isZero();
        assertThat(ReadingEvaluation.errors("one job", "One job")).isEqualTo(1);
        assertThat(ReadingEvaluation.errors("one job", "onejob")).isEqualTo(1);
        assertThat(ReadingEvaluation.errors("one job", "")).isEqualTo(7);
        assertThat(ReadingEvaluation.plain(" one \t job\n")).isEqualTo("one job");
    }

    @Test
    void measuresAFolder() throws IOException {
        Files.copy(SAMPLES.resolve("meme.png"), data.resolve("meme.png"));
        Files.copy(SAMPLES.resolve("beach.jpg"), data.resolve("beach.jpg"));
        Files.writeString(
                data.resolve("labels.tsv"),
                "image\ttext\nmeme.png\tWHEN THE BUS IS LATE AGAIN and it starts to rain\nbeach.jpg\t\n");
        Map<String, Object> report = new HashMap<>();

        ReadingEvaluation.evaluate(
                model(), data, DatasetSplit.ALL, new PrintStream(PrintStream.nullOutputStream()), report);

        assertThat(report.get("n")).isEqualTo(2);
        Map<?, ?> metrics = (Map<?, ?>) report.get("metrics");
        assertThat((double) metrics.get("cer")).isLessThan(0.1);
        assertThat((double) metrics.get("cer_without_spaces")).isLessThan(0.1);
        assertThat(metrics.get("characters")).isEqualTo(48L);
        assertThat(metrics.get("blank")).isEqualTo(1);
        assertThat(metrics.get("blank_with_text")).isEqualTo(0.0);
        assertThat((double) metrics.get("image_s")).isPositive();
    }

    @Test
    void aFolderWithoutLabelsIsRefused() {
        assertThatThrownBy(
                        () -> ReadingEvaluation.evaluate(model(), data, DatasetSplit.ALL, System.err, new HashMap<>()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("labels.tsv");
    }
}
