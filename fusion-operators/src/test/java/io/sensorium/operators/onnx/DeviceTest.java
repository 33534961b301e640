// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtProvider;
import io.sensorium.operators.fuse.FusionInput;
import io.sensorium.operators.fuse.SentimentHead;
import io.sensorium.operators.pack.ModelCatalog;
import io.sensorium.operators.pack.PackException;
import io.sensorium.operators.pack.PackedModel;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class DeviceTest {

    private final PackedModel head =
            ModelCatalog.bundled().find("match-dual-encoder").orElseThrow();

    @Test
    void aGraphIsLoadedOnceAProcessAndFreedWithItsLastHandle() {
        int before = OnnxGraphSession.openHandles();
        OnnxGraphSession one = OnnxGraphSession.open(head, "model", new Device.Cpu(), 1);
        OnnxGraphSession two = OnnxGraphSession.open(head, "model", new Device.Cpu(), 1);
        assertThat(OnnxGraphSession.openHandles()).isEqualTo(before + 2);
        one.close();
        one.close();
        assertThat(OnnxGraphSession.openHandles()).isEqualTo(before + 1);
        two.close();
        assertThat(OnnxGraphSession.openHandles()).isEqualTo(before);
    }

    @Test
    void namesAreReadAndNonsenseIsRefused() {
        assertThat(Device.parse("cuda:1")).isEqualTo(new Device.Cuda(1));
        assertThat(Device.parse("tensorrt:0")).isEqualTo(new Device.Tensorrt(0));
        assertThat(Device.parse("auto")).isEqualTo(new Device.Auto());
        assertThatThrownBy(() -> Device.parse("gpu")).hasMessageContaining("cuda:N");
    }

    @Test
    void aNamedDeviceThatIsAbsentIsAnErrorAndAutoFallsBack() {
        OnnxGraphSession.open(head, "model", new Device.Auto(), 1).close();
        Assumptions.assumeFalse(
                java.nio.file.Files.exists(java.nio.file.Path.of("/dev/nvidia0")), "skipped: this machine has a GPU");
        assertThatThrownBy(() -> OnnxGraphSession.open(head, "model", new Device.Cuda(0), 1))
                .isInstanceOf(PackException.class)
                .hasMessageContaining("Cuda");
    }

    @Test
    void aHeadGivesTheSameNumbersOnAGpu() throws Exception {
        Assumptions.assumeTrue(
                OrtEnvironment.getAvailableProviders().contains(OrtProvider.CUDA),
                "skipped: this build has no CUDA; run mvn -Pgpu verify");
        Assumptions.assumeTrue(
                java.nio.file.Files.exists(java.nio.file.Path.of("/dev/nvidia0")), "skipped: this machine has no GPU");
        PackedModel sentiment =
                ModelCatalog.bundled().find("sentiment-hierarchical").orElseThrow();
        float[] text = new float[384];
        Arrays.fill(text, 0.05f);
        FusionInput window = new FusionInput(List.of(List.of(), List.of(), List.of(text)));
        try (SentimentHead cpu = new SentimentHead(sentiment, new Device.Cpu(), 1);
                SentimentHead gpu = new SentimentHead(sentiment, new Device.Cuda(0), 1)) {
            assertThat(gpu.score(List.of(window)).get(0).score())
                    .isCloseTo(cpu.score(List.of(window)).get(0).score(), within(1e-4));
        }
    }
}
