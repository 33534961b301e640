// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sensorium.operators.encode.Encoder;
import io.sensorium.operators.fuse.MatchHead;
import io.sensorium.operators.media.MediaLimits;
import io.sensorium.operators.pack.ModelCatalog;
import io.sensorium.operators.pack.PackException;
import io.sensorium.operators.pack.PackedModel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A model of several graphs of which a later one does not load leaves nothing open. */
@Tag("slow")
class HandleLeakTest {

    @TempDir
    Path folder;

    private static String pack(String model) {
        return model.equals("image-objects") ? "/sensorium-research-pack/" : "/sensorium-encoder-pack/";
    }

    /** A bundled model, of one of whose graphs the manifest states another hash. */
    private PackedModel damaged(String name, String role) throws Exception {
        PackedModel bundled = ModelCatalog.bundled().find(name).orElseThrow();
        Path model = Files.createDirectories(folder.resolve(name));
        String manifest = new String(
                HandleLeakTest.class
                        .getResourceAsStream(pack(name) + name + "/model.yaml")
                        .readAllBytes(),
                StandardCharsets.UTF_8);
        String sha = bundled.manifest().graphs().get(role).sha256();
        manifest = manifest.replace(sha, "0".repeat(64))
                .replaceAll("(file: )(?!\"?classpath)", "$1classpath:" + pack(name) + name + "/");
        Files.writeString(
                model.resolve("model.yaml"),
                manifest.replaceAll("(?m)^name: .*$", "name: damaged").replaceAll("(?m)^card: .*\\n", ""));
        Files.writeString(folder.resolve("pack.yaml"), "name: p\nversion: 1.0.0\nmodels: [" + name + "]\n");
        return ModelCatalog.load(List.of(folder)).find("damaged").orElseThrow();
    }

    @ParameterizedTest
    @CsvSource({
        "audio-speech-embedding, vad",
        "audio-speech-embedding, embedding",
        "image-objects, objects",
        "text-bge-tokens, model"
    })
    void encodersCloseWhatTheyOpened(String name, String role) throws Exception {
        PackedModel model = damaged(name, role);
        int before = OnnxGraphSession.openHandles();
        assertThatThrownBy(() -> Encoder.open(model, MediaLimits.DEFAULT, new Device.Cpu(), 1))
                .isInstanceOf(PackException.class)
                .hasMessageContaining("SHA-256");
        assertThat(OnnxGraphSession.openHandles()).isEqualTo(before);
    }

    @Test
    void matchHeadsCloseTheirFirstGraph() throws Exception {
        String manifest = new String(
                HandleLeakTest.class
                        .getResourceAsStream("/sensorium-research-pack/match-dual-encoder/model.yaml")
                        .readAllBytes(),
                StandardCharsets.UTF_8);
        Files.createDirectories(folder.resolve("match"));
        Files.writeString(
                folder.resolve("match/model.yaml"),
                manifest.replace("name: \"match-dual-encoder\"", "name: damaged")
                        .replace(
                                "\"model.onnx\"",
                                "\"classpath:/sensorium-research-pack/match-dual-encoder/model.onnx\"")
                        .replace(
                                "graphs:\n",
                                "rerank: {pair: image-text, margin: 0.1, weight: 1}\ngraphs:\n"
                                        + "  rerank: {file: none.onnx, sha256: x, inputs: {image: [-1, 768], text: "
                                        + "[-1, 384], mask: [-1, 2]}, outputs: {probabilities: [-1, 2]}}\n")
                        .replaceAll("(?m)^card: .*\\n", ""));
        Files.writeString(folder.resolve("pack.yaml"), "name: p\nversion: 1.0.0\nmodels: [match]\n");
        PackedModel model = ModelCatalog.load(List.of(folder)).find("damaged").orElseThrow();
        int before = OnnxGraphSession.openHandles();
        assertThatThrownBy(() -> new MatchHead(model, List.of(), new Device.Cpu(), 1))
                .isInstanceOf(PackException.class)
                .hasMessageContaining("none.onnx");
        assertThat(OnnxGraphSession.openHandles()).isEqualTo(before);
    }
}
