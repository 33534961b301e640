// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.config.ModelBundle;
import io.sensorium.job.config.Rollout.Mode;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Which subjects a rollout concerns. */
class RolloutPlanTest {

    @Test
    void aShareOfSubjectsIsTheSameShareEverywhereAndAboutAsLargeAsAsked() {
        ModelBundle base = new ModelBundle("a", true, List.of(), Map.of(), Map.of("text", "1"), Map.of());
        ModelBundle next = new ModelBundle("b", false, List.of(), Map.of(), Map.of("text", "1"), Map.of());
        RolloutPlan canary = new RolloutPlan(base, next, Mode.CANARY, 0.2);
        int taken = 0;
        for (int i = 0; i < 10_000; i++) {
            boolean concerned = canary.concerns("subject-" + i);
            assertThat(new RolloutPlan(base, next, Mode.CANARY, 0.5).concerns("subject-" + i) || !concerned)
                    .as("a larger share has all of a smaller one")
                    .isTrue();
            taken += concerned ? 1 : 0;
        }
        assertThat(taken).isBetween(1_850, 2_150);
        assertThat(RolloutPlan.of(base).concerns("subject-1")).isFalse();
        assertThat(new RolloutPlan(base, next, Mode.LIVE, 0.2).concerns("subject-1"))
                .as("live is for all")
                .isTrue();
    }
}
