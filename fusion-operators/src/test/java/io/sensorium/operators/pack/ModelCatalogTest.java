// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.pack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.onnx.OnnxGraphSession;
import java.io.File;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelCatalogTest {

    @TempDir
    Path folder;

    private Path pack(String manifest) throws Exception {
        PackedModel head =
                ModelCatalog.bundled().find("sentiment-late-attention").orElseThrow();
        Files.createDirectories(folder.resolve("mine"));
        Files.write(folder.resolve("mine/model.onnx"), head.graph("model"));
        Files.writeString(folder.resolve("pack.yaml"), "name: p\nversion: 1.0.0\nmodels: [mine]\n");
        Files.writeString(folder.resolve("mine/model.yaml"), manifest.replace("$SHA", head.sha256()));
        return folder;
    }

    private static final String MANIFEST = """
            name: mine
            version: 1.2.0
            kind: sentiment-head
            fusion: late-attention
            licence: MIT
            source: a test
            terms: {commercial: "yes"}
            batch_invariant: true
            slots: [{name: audio, dimension: 417, encoders: [x@1]}]
            graphs:
              model:
                file: model.onnx
                sha256: $SHA
                inputs: {audio: [-1, 417], image: [-1, 768], text: [-1, 384], mask: [-1, 3]}
                outputs: {probabilities: [-1, 3]}
            """;

    /** What a user has who leaves the jar of the research heads out. */
    @Test
    void withoutTheResearchPackOnlyModelsForCommercialUseAreThere() throws Exception {
        URL[] classPath = Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.contains("research"))
                .map(entry -> {
                    try {
                        return Path.of(entry).toUri().toURL();
                    } catch (MalformedURLException e) {
                        throw new IllegalStateException(e);
                    }
                })
                .toArray(URL[]::new);
        try (URLClassLoader loader = new URLClassLoader(classPath, ClassLoader.getPlatformClassLoader())) {
            Object catalog = loader.loadClass(ModelCatalog.class.getName())
                    .getMethod("bundled")
                    .invoke(null);
            Collection<?> models =
                    (Collection<?>) catalog.getClass().getMethod("models").invoke(catalog);
            List<String> encoders = ModelCatalog.bundled().models().stream()
                    .filter(model -> model.manifest().terms().commercial().equals("yes"))
                    .map(PackedModel::toString)
                    .toList();
            assertThat(encoders).hasSize(8);
            assertThat(models).map(Object::toString).containsExactlyInAnyOrderElementsOf(encoders);
        }
    }

    @Test
    void everyBundledModelHasItsLicenceSourceTermsAndTheSignatureItStates() {
        assertThat(ModelCatalog.bundled().models())
                .hasSizeGreaterThanOrEqualTo(5)
                .allSatisfy(model -> {
                    assertThat(model.manifest().licence()).isNotBlank();
                    assertThat(model.manifest().source()).isNotBlank();
                    model.manifest()
                            .graphs()
                            .keySet()
                            .forEach(role -> OnnxGraphSession.open(model, role, new Device.Cpu(), 1)
                                    .close());
                    if (!model.manifest().kind().isEncoder()) {
                        assertThat(model.card()).contains("Data:", "Split:", "Figures");
                    }
                });
    }

    @Test
    void aUsersPackIsFoundByNameAndVersion() throws Exception {
        ModelCatalog catalog = ModelCatalog.load(List.of(pack(MANIFEST)));
        assertThat(catalog.find("mine")).isPresent();
        assertThat(catalog.find("mine@1.2.0")).isPresent();
        assertThat(catalog.find("mine@1.3.0")).isEmpty();
        OnnxGraphSession.open(catalog.find("mine").orElseThrow(), "model", new Device.Cpu(), 1)
                .close();
    }

    @Test
    void wrongBytesAWrongSignatureAndAnEscapingPathAreRefused() throws Exception {
        PackedModel tampered = ModelCatalog.load(List.of(pack(MANIFEST.replace("$SHA", "0".repeat(64)))))
                .find("mine")
                .orElseThrow();
        assertThatThrownBy(() -> OnnxGraphSession.open(tampered, "model", new Device.Cpu(), 1))
                .hasMessageContaining("SHA-256");
        PackedModel misstated = ModelCatalog.load(List.of(pack(MANIFEST.replace("[-1, 417]", "[-1, 416]"))))
                .find("mine")
                .orElseThrow();
        assertThatThrownBy(() -> OnnxGraphSession.open(misstated, "model", new Device.Cpu(), 1))
                .hasMessageContaining("[-1, 416]")
                .hasMessageContaining("[-1, 417]");
        PackedModel escaping = ModelCatalog.load(
                        List.of(pack(MANIFEST.replace("file: model.onnx", "file: ../pack.yaml"))))
                .find("mine")
                .orElseThrow();
        assertThatThrownBy(() -> OnnxGraphSession.open(escaping, "model", new Device.Cpu(), 1))
                .hasMessageContaining("leaves");
    }

    @Test
    void allProblemsOfAllPacksAreReportedAtOnce() throws Exception {
        Path bad = pack(MANIFEST.replace("licence: MIT\n", "")
                .replace("slots: [{name: audio, dimension: 417, encoders: [x@1]}]\n", ""));
        assertThatThrownBy(() -> ModelCatalog.load(List.of(bad, Path.of("/no/such/pack"))))
                .isInstanceOfSatisfying(
                        PackException.class, e -> assertThat(e.problems()).hasSize(3));
    }

    @Test
    void unknownKeysAreRefusedAllAtOnceWithTheNearestName() throws Exception {
        String encoder = MANIFEST.replace(
                        "kind: sentiment-head\nfusion: late-attention", "kind: image-encoder\ndimension: 3")
                .replace(
                        "slots: [{name: audio, dimension: 417, encoders: [x@1]}]\n",
                        "preprocessing: {side: 16, chanels_first: 1, mean_red: 0.5, deviation_red: 0}\n");
        Path misspelt = pack(encoder.replace("licence: MIT", "licence: MIT\nlisence: MIT")
                .replace("    sha256:", "    sha265: x\n    sha256:"));
        assertThatThrownBy(() -> ModelCatalog.load(List.of(misspelt)))
                .isInstanceOfSatisfying(
                        PackException.class,
                        e -> assertThat(e.problems())
                                .anySatisfy(
                                        problem -> assertThat(problem).contains("lisence", "did you mean \"licence\"?"))
                                .anySatisfy(problem ->
                                        assertThat(problem).contains("graphs.model.sha265", "did you mean \"sha256\"?"))
                                .anySatisfy(problem -> assertThat(problem)
                                        .contains("preprocessing.chanels_first", "did you mean \"channels_first\"?"))
                                .anySatisfy(problem ->
                                        assertThat(problem).contains("preprocessing.deviation_red", "above 0"))
                                .hasSize(4));
    }

    @Test
    void preprocessingOfAnotherKindOfEncoderIsRefused() throws Exception {
        Path wrong = pack(
                MANIFEST.replace("kind: sentiment-head\nfusion: late-attention", "kind: image-encoder\ndimension: 3")
                        .replace(
                                "slots: [{name: audio, dimension: 417, encoders: [x@1]}]\n",
                                "preprocessing: {max_tokens: 77}\n"));
        assertThatThrownBy(() -> ModelCatalog.load(List.of(wrong)))
                .hasMessageContaining("preprocessing.max_tokens")
                .hasMessageContaining("known are");
        Path head = pack(MANIFEST + "preprocessing: {side: 3}\n");
        assertThatThrownBy(() -> ModelCatalog.load(List.of(head))).hasMessageContaining("preprocessing has [side]");
    }

    @Test
    void graphsWithoutTheirKeysAreAProblemAmongTheOthers() throws Exception {
        Path bare = pack(MANIFEST.substring(0, MANIFEST.indexOf("    file:")) + "    file: model.onnx\n");
        assertThatThrownBy(() -> ModelCatalog.load(List.of(bare)))
                .isInstanceOf(PackException.class)
                .hasMessageContaining("graphs.model: file, sha256, inputs and outputs are required");
        Files.writeString(folder.resolve("mine/model.yaml"), "");
        assertThatThrownBy(() -> ModelCatalog.load(List.of(folder)))
                .isInstanceOf(PackException.class)
                .hasMessageContaining("mine/model.yaml");
    }

    @Test
    void versionsAreComparedAsNumbers() {
        assertThat(ModelCatalog.compareVersions("1.10.0", "1.9.0")).isPositive();
        assertThat(ModelCatalog.compareVersions("1.0", "1.0.0")).isZero();
    }
}
