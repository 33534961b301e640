// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.stack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Instant;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/** What a user reads of restarts. */
class RestartMessagesTest {

    @Test
    void theCauseOfARestartIsNamedWithoutWrappersAndClassNames() {
        IOException disk = new IOException("the disk\n  is full");
        assertThat(RestartWatch.cause(new IllegalStateException("Job execution failed.", new TimeoutException())))
                .isEqualTo("Job execution failed.");
        assertThat(RestartWatch.cause(new RuntimeException("Job execution failed.", disk)))
                .isEqualTo("the disk is full");
    }

    @Test
    void restartsAreNamedByTheirNumberAndSinceWhen() {
        Instant now = Instant.parse("2026-01-31T08:00:00.250Z");
        RestartHistory history = new RestartHistory();
        assertThat(history.inWords(now)).contains("not at all");
        history.observe(1, "", true, now.minusSeconds(9));
        assertThat(history.inWords(now)).isEqualTo("once, at 2026-01-31T07:59:51Z");
        history.observe(3, "", true, now);
        assertThat(history.inWords(now)).isEqualTo("3 times since 2026-01-31T07:59:51Z");
        assertThat(history.inWords(now.plus(RestartHistory.WINDOW)))
                .as("the first is long ago")
                .isEqualTo("2 times since 2026-01-31T08:00:00Z");
    }
}
