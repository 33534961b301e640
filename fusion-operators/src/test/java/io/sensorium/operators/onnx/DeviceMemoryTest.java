// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class DeviceMemoryTest {

    @Test
    void theProcessHoldsWhatTheSystemSays() {
        assumeTrue(Files.exists(Path.of("/proc/self/status")), "this system has no /proc");
        assertThat(new DeviceMemory(new Device.Cpu()).bytes()).isBetween(50L << 20, 64L << 30);
    }

    @Test
    void aGpusAnswerIsTheProcesssOwnLines() {
        assertThat(DeviceMemory.parse("11, 500\n12, 300\n11, 24\n", 11)).isEqualTo(524L << 20);
        assertThat(DeviceMemory.parse("12, 300\n", 11)).isEqualTo(-1);
        assertThat(DeviceMemory.parse("NVIDIA-SMI has failed\n", 11)).isEqualTo(-1);
    }

    @Test
    void whereNobodySaysThereIsNoNumber() {
        assumeTrue(!Files.exists(Path.of("/dev/nvidia0")), "this machine has a GPU, which says");
        assertThat(new DeviceMemory(new Device.Cuda(0)).bytes()).isEqualTo(-1);
    }
}
