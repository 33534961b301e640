// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.operators.encode.Content;
import io.sensorium.operators.pack.ModelCatalog;
import io.sensorium.operators.pack.PackedModel;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddingCacheTest {

    private static final List<Content> TEXTS =
            List.of(new Content.Text("one"), new Content.Text("two"), new Content.Text("three"));

    @TempDir
    Path folder;

    private final PackedModel model =
            ModelCatalog.bundled().find("text-bge-small-en").orElseThrow();
    private final ByteArrayOutputStream output = new ByteArrayOutputStream();

    private List<float[]> encode() throws Exception {
        output.reset();
        return new EmbeddingCache(folder, new PrintStream(output)).encode(model, TEXTS);
    }

    @Test
    void halfARecordIsEncodedAgainAndTheRestIsNot() throws Exception {
        List<float[]> first = encode();
        assertThat(output.toString(StandardCharsets.UTF_8)).contains("encoding");
        encode();
        assertThat(output.toString(StandardCharsets.UTF_8))
                .as("all three were kept")
                .isEmpty();
        Path file;
        try (Stream<Path> files = Files.list(folder)) {
            file = files.findFirst().orElseThrow();
        }
        byte[] whole = Files.readAllBytes(file);
        // A run that was stopped while it wrote the third record, and another that went on behind it, as an older
        // release did.
        byte[] broken = Arrays.copyOf(whole, whole.length - 100 + whole.length / 3);
        System.arraycopy(whole, 0, broken, whole.length - 100, whole.length / 3);
        Files.write(file, broken);

        List<float[]> again = encode();
        assertThat(output.toString(StandardCharsets.UTF_8)).contains("0 of 1");
        assertThat(again).usingRecursiveComparison().isEqualTo(first);
        assertThat(Files.readAllBytes(file)).isEqualTo(whole);
    }
}
