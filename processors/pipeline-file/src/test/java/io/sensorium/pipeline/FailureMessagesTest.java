// SPDX-License-Identifier: Apache-2.0
package io.sensorium.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/** What a user reads of failures. */
class FailureMessagesTest {

    @Test
    void aFailureIsItsMessagesWithoutWrappersAndClassNames() {
        IOException disk = new IOException("the disk\n  is full");
        assertThat(FailureMessages.of(
                        new IllegalStateException("Job execution failed.", new CompletionException(disk))))
                .containsExactly("Job execution failed.", "the disk is full");
        assertThat(FailureMessages.of(new RuntimeException("java.lang.Exception: org.x.Y$Z: the disk is full", disk)))
                .containsExactly("the disk is full");
        assertThat(FailureMessages.of(new IllegalStateException("cannot write: the disk is full", disk)))
                .containsExactly("cannot write: the disk is full");
        assertThat(FailureMessages.of(new CompletionException(new TimeoutException())))
                .containsExactly("TimeoutException");
    }

    @Test
    void onlyAConfigurationAtFaultHasExitCodeTwo() {
        assertThat(FailureMessages.report(new ConfigurationException("pipeline.yaml", List.of("align: is missing"))))
                .isEqualTo(2);
        assertThat(FailureMessages.report(new IOException("the disk is full"))).isOne();
    }
}
