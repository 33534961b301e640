package io.sensorium.operators.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sensorium.operators.pack.ModelCatalog;
import io.sensorium.operators.pack.PackException;
import io.sensorium.operators.pack.PackedModel;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class DeviceTest {

    private final PackedModel head = ModelCatalog.bundled().find("match-dual-encoder").orElseThrow();

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
        assertThat(Device.parse("auto")).isEqualTo(new Device.Auto());
        assertThatThrownBy(() -> Device.parse("gpu")).hasMessageContaining("cuda:N");
    }

    @Test
    void aNamedDeviceThatIsAbsentIsAnErrorAndAutoFallsBack() {
        OnnxGraphSession.open(head, "model", new Device.Auto(), 1).close();
        Assumptions.assumeFalse(java.nio.file.Files.exists(java.nio.file.Path.of("/dev/nvidia0")), "skipped: this machine has a GPU");
        assertThatThrownBy(() -> OnnxGraphSession.open(head, "model", new Device.Cuda(0), 1)).isInstanceOf(PackException.class).hasMessageContaining("Cuda");
    }
}
