// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.demo;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DemoWarmUpTest {

    /** However the file is written: a line's break or a comma used to decide. */
    @Test
    void theEncodersAreThoseOfThePipelineFile() {
        assertThat(DemoWarmUp.encoders(DemoCommand.template()))
                .extracting(model -> model.manifest().name())
                .containsExactlyInAnyOrder("image-inception-mixed5", "text-bge-small-en", "audio-speech-embedding");
        assertThat(DemoWarmUp.encoders("modalities:\n  text:\n    encoder: text-bge-small-en\n"))
                .extracting(model -> model.manifest().name())
                .containsExactly("text-bge-small-en");
    }
}
