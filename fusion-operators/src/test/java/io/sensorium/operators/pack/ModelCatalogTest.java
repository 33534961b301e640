package io.sensorium.operators.pack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.onnx.OnnxGraphSession;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelCatalogTest {

    @TempDir
    Path folder;

    private Path pack(String manifest) throws Exception {
        PackedModel head = ModelCatalog.bundled().find("sentiment-late-attention").orElseThrow();
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

    @Test
    void everyBundledModelHasItsLicenceSourceTermsAndTheSignatureItStates() {
        assertThat(ModelCatalog.bundled().models()).hasSizeGreaterThanOrEqualTo(5).allSatisfy(model -> {
            assertThat(model.manifest().licence()).isNotBlank();
            assertThat(model.manifest().source()).isNotBlank();
            model.manifest().graphs().keySet().forEach(role -> OnnxGraphSession.open(model, role, new Device.Cpu(), 1).close());
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
        OnnxGraphSession.open(catalog.find("mine").orElseThrow(), "model", new Device.Cpu(), 1).close();
    }

    @Test
    void wrongBytesAWrongSignatureAndAnEscapingPathAreRefused() throws Exception {
        PackedModel tampered = ModelCatalog.load(List.of(pack(MANIFEST.replace("$SHA", "0".repeat(64))))).find("mine").orElseThrow();
        assertThatThrownBy(() -> OnnxGraphSession.open(tampered, "model", new Device.Cpu(), 1)).hasMessageContaining("SHA-256");
        PackedModel misstated = ModelCatalog.load(List.of(pack(MANIFEST.replace("[-1, 417]", "[-1, 416]")))).find("mine").orElseThrow();
        assertThatThrownBy(() -> OnnxGraphSession.open(misstated, "model", new Device.Cpu(), 1)).hasMessageContaining("[-1, 416]").hasMessageContaining("[-1, 417]");
        PackedModel escaping = ModelCatalog.load(List.of(pack(MANIFEST.replace("file: model.onnx", "file: ../pack.yaml")))).find("mine").orElseThrow();
        assertThatThrownBy(() -> OnnxGraphSession.open(escaping, "model", new Device.Cpu(), 1)).hasMessageContaining("leaves");
    }

    @Test
    void allProblemsOfAllPacksAreReportedAtOnce() throws Exception {
        Path bad = pack(MANIFEST.replace("licence: MIT\n", "").replace("slots: [{name: audio, dimension: 417, encoders: [x@1]}]\n", ""));
        assertThatThrownBy(() -> ModelCatalog.load(List.of(bad, Path.of("/no/such/pack")))).isInstanceOfSatisfying(PackException.class,
                e -> assertThat(e.problems()).hasSize(3));
    }

    @Test
    void versionsAreComparedAsNumbers() {
        assertThat(ModelCatalog.compareVersions("1.10.0", "1.9.0")).isPositive();
        assertThat(ModelCatalog.compareVersions("1.0", "1.0.0")).isZero();
    }
}
