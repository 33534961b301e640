// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.size;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.sensorium.quickstart.SensoriumCommand;
import io.sensorium.quickstart.size.CapacityPlanner.Demand;
import io.sensorium.quickstart.size.CapacityPlanner.Plan;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Costs add up, and spread unevenly where a few subjects are most of the events. */
class SizingTest {

    private static final CostModel COSTS = new CostModel(
            "a machine",
            Map.of(
                    "image",
                    new CostModel.Modality("i", 80, 100, 5, 1 << 20, 3_000),
                    "text",
                    new CostModel.Modality("t", 6, 7, 0.5, 1_000, 1_500)));

    private static Demand demand(double image, double text) {
        return new Demand(Map.of("image", image, "text", text), 10, 0.5, 8, 3_600, 3);
    }

    @Test
    void addsUpWhatEventsCost() {
        Plan plan = CapacityPlanner.plan(COSTS, demand(100, 1_000));
        assertThat(plan.workers().get("image")).isCloseTo(8, within(1e-9));
        assertThat(plan.jobCores()).isCloseTo((10 + 7) / 0.5, within(1e-9));
        assertThat(plan.taskManagers()).isEqualTo(5);
        assertThat(plan.partitions()).isGreaterThanOrEqualTo(40);
        assertThat(plan.ingressMib()).isCloseTo(100 + 1_000_000.0 / (1 << 20), within(1e-6));
        assertThat(plan.storageGib()).isCloseTo(plan.ingressMib() * 3_600 * 3 / 1024, within(1e-6));
        assertThat(plan.stateGib()).isCloseTo((100 * 3_000 + 1_000 * 1_500) * 10.0 / (1 << 30), within(1e-9));
        assertThat(CapacityPlanner.plan(COSTS, demand(200, 2_000)).jobCores())
                .as("twice the events, twice the cores")
                .isCloseTo(2 * plan.jobCores(), within(1e-9));
        assertThatThrownBy(() -> CapacityPlanner.plan(COSTS, new Demand(Map.of("video", 1.0), 1, 1, 1, 1, 1)))
                .hasMessageContaining("no cost of \"video\"")
                .hasMessageContaining("image");
    }

    @Test
    void aMixIsBoundByItsWorkersOrByAllProcessors() {
        Map<String, Double> half = Map.of("image", 0.5, "text", 0.5);
        assertThat(CapacityPlanner.throughput(COSTS, half, 1, 64))
                .as("one worker encodes pictures")
                .isCloseTo(1 / 0.040, within(1e-9));
        assertThat(CapacityPlanner.throughput(COSTS, half, 64, 1))
                .as("one processor does it all")
                .isCloseTo(1 / (0.5 * (0.105 + 0.0075)), within(1e-9));
    }

    @Test
    void hotSubjectsBurdenOneTaskManagerUnlessRecordsAreKeyedByEvent() {
        double bySubject = SkewModel.hottest(100_000, 1.2, 64, 8, SkewModel.Key.SUBJECT, 1);
        double byEvent = SkewModel.hottest(100_000, 1.2, 64, 8, SkewModel.Key.EVENT, 1);
        assertThat(bySubject).isGreaterThan(1.5);
        assertThat(byEvent).isBetween(1.0, 1.05);
        assertThat(SkewModel.hottest(100_000, 0, 64, 8, SkewModel.Key.SUBJECT, 1))
                .as("subjects alike")
                .isBetween(1.0, 1.15);
        assertThat(SkewModel.hottest(100_000, 1.2, 64, 8, SkewModel.Key.SUBJECT, 1))
                .as("the same for the same seed")
                .isEqualTo(bySubject);
        assertThat(SkewModel.hottest(1, 1, 64, 8, SkewModel.Key.SUBJECT, 1))
                .as("one subject is all of it")
                .isEqualTo(8);
    }

    @Test
    void theCommandTellsAndRefuses() {
        StringWriter out = new StringWriter();
        var command = SensoriumCommand.commandLine();
        command.setOut(new PrintWriter(out));
        assertThat(command.execute("size", "--rate", "image=100,text=1000,audio=50", "--zipf", "1.2"))
                .isZero();
        assertThat(out.toString())
                .contains("TaskManagers of 8 cores")
                .contains("key media by event")
                .contains("a month");
        assertThat(SensoriumCommand.commandLine().execute("size", "--rate", "video=1"))
                .isEqualTo(2);
        assertThat(SensoriumCommand.commandLine().execute("size", "--rate", "image=1", "--utilization", "2"))
                .isEqualTo(2);
        assertThat(SensoriumCommand.commandLine().execute("size", "--rate", "image=1", "--costs", "nowhere.json"))
                .isEqualTo(2);
    }
}
