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
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TranscriptEvaluationTest {

    private static final Path SAMPLES =
            Path.of(System.getProperty("sensorium.root"), "quickstart/src/main/resources/sample");

    @TempDir
    Path data;

    private static PackedModel model() {
        return ModelCatalog.bundled().find("speech-moonshine-tiny-en").orElseThrow();
    }

    private static int errors(String expected, String found) {
        return TranscriptEvaluation.wordErrors(TranscriptEvaluation.words(expected), TranscriptEvaluation.words(found));
    }

    @Test
    void wordsHaveNoCaseNoPunctuationAndNoHyphens() {
        assertThat(TranscriptEvaluation.words(" A T-shirt, isn’t it?  'Yes' . "))
                .isEqualTo(List.of("a", "t", "shirt", "isn't", "it", "yes"));
        assertThat(TranscriptEvaluation.words(" . ")).isEmpty();
    }

    @Test
    void errorsAreWordsThatAreOtherMissingOrAdded() {
        assertThat(errors("a dog runs", "A dog runs.")).isZero();
        assertThat(errors("a dog runs", "the dog runs")).isEqualTo(1);
        assertThat(errors("a dog runs", "dog runs")).isEqualTo(1);
        assertThat(errors("a dog runs", "a dog runs fast")).isEqualTo(1);
        assertThat(errors("a dog runs", "")).isEqualTo(3);
        assertThat(errors("a water fall", "a waterfall")).isEqualTo(2);
    }

    @Test
    void measuresAFolder() throws IOException {
        Files.copy(SAMPLES.resolve("beach.wav"), data.resolve("beach.wav"));
        Files.writeString(
                data.resolve("labels.tsv"),
                "id\taudio\tspeaker\tsentence\n1\tbeach.wav\ts\tWhat a wonderful morning at the sea\n");
        Map<String, Object> report = new HashMap<>();

        TranscriptEvaluation.evaluate(
                model(), data, DatasetSplit.ALL, new PrintStream(PrintStream.nullOutputStream()), report);

        assertThat(report.get("n")).isEqualTo(1);
        Map<?, ?> metrics = (Map<?, ?>) report.get("metrics");
        assertThat((double) metrics.get("wer")).isBetween(1 / 7.0 - 1e-9, 3 / 7.0);
        assertThat(metrics.get("words")).isEqualTo(7L);
        assertThat((double) metrics.get("audio_s")).isBetween(1.0, 4.0);
        assertThat((double) metrics.get("real_time_factor")).isPositive();
    }

    @Test
    void aFolderWithoutRecordingsIsRefused() {
        assertThatThrownBy(() ->
                        TranscriptEvaluation.evaluate(model(), data, DatasetSplit.ALL, System.err, new HashMap<>()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("labels.tsv");
    }
}
