// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.alignment.AlignedWindow;
import io.sensorium.job.alignment.AlignedWindow.Status;
import io.sensorium.job.alignment.EncodedEvent;
import io.sensorium.job.operator.FusedWindow;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProvisionalResultsTest {

    private static final FusedWindow FUSED = new FusedWindow(null, List.of(), null, null, null);

    private final ProvisionalResults results = new ProvisionalResults(1_000);

    private static EncodedEvent event(long offset, String id) {
        return new EncodedEvent(0, id, offset, 0, offset, 0, List.of(), Map.of(), Map.of(), null, null);
    }

    private static AlignedWindow window(String subject, Status status, EncodedEvent... events) {
        return new AlignedWindow(
                subject,
                0,
                10,
                "",
                List.of(events),
                List.of(),
                status,
                false,
                AlignedWindow.ALL_OPERATORS,
                AlignedWindow.FIRST);
    }

    @Test
    void theFinalWindowWithTheSameEventsTakesItOnce() {
        results.keep(window("s", Status.PROVISIONAL, event(1, "a")), FUSED);
        assertThat(results.take(window("other", Status.FINAL, event(1, "a")))).isNull();
        assertThat(results.take(window("s", Status.FINAL, event(1, "a")))).isSameAs(FUSED);
        assertThat(results.take(window("s", Status.FINAL, event(1, "a")))).isNull();
    }

    @Test
    void anEventThatCameInBetweenIsComputedAgain() {
        results.keep(window("s", Status.PROVISIONAL, event(1, "a")), FUSED);
        assertThat(results.take(window("s", Status.FINAL, event(1, "a"), event(2, "b"))))
                .isNull();
        results.keep(window("s", Status.PROVISIONAL, event(1, "a")), FUSED);
        assertThat(results.take(window("s", Status.FINAL, event(2, "a"))))
                .as("another record under the same id")
                .isNull();
    }

    @Test
    void onlyProvisionalWindowsAreKept() {
        results.keep(window("s", Status.FINAL, event(1, "a")), FUSED);
        assertThat(results.take(window("s", Status.FINAL, event(1, "a")))).isNull();
    }

    @Test
    void theEldestGoWhereTheEventsAreTooLarge() {
        String id = "x".repeat(400);
        for (String subject : List.of("first", "second", "third")) {
            results.keep(window(subject, Status.PROVISIONAL, event(1, id)), FUSED);
        }
        assertThat(results.take(window("first", Status.FINAL, event(1, id)))).isNull();
        assertThat(results.take(window("second", Status.FINAL, event(1, id)))).isSameAs(FUSED);
        assertThat(results.take(window("third", Status.FINAL, event(1, id)))).isSameAs(FUSED);
    }
}
