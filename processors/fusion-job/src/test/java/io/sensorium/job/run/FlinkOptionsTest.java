// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Flink's options in a pipeline file: what they may not take away, and what Flink itself would refuse. */
class FlinkOptionsTest {

    private final List<String> problems = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();

    private void check(Map<String, String> options) {
        FlinkOptions.check(new LinkedHashMap<>(options), problems, warnings);
    }

    @Test
    void optionsThatThePipelineSetsAreRefusedWithTheKeyToUse() {
        check(Map.of("execution.checkpointing.interval", "1 s"));
        check(Map.of("execution.buffer-timeout.interval", "5 ms"));
        check(Map.of("state.backend", "rocksdb"));
        assertThat(problems)
                .containsExactly(
                        "runtime.flink.execution.checkpointing.interval: cannot be set here: set "
                                + "runtime.checkpoint_interval instead",
                        "runtime.flink.execution.buffer-timeout.interval: cannot be set here: set "
                                + "runtime.buffer_timeout instead",
                        "runtime.flink.state.backend: cannot be set here: set runtime.state_backend instead");
        assertThat(warnings).isEmpty();
    }

    @Test
    void optionsThatTheGuaranteesRestOnAreRefusedWithTheReason() {
        check(Map.of("restart-strategy.type", "none"));
        check(Map.of("execution.checkpointing.num-retained", "1"));
        check(Map.of("execution.runtime-mode", "BATCH"));
        check(Map.of("execution.checkpointing.unaligned.enabled", "true"));
        check(Map.of("pipeline.auto-watermark-interval", "0 ms"));
        check(Map.of("state.changelog.enabled", "true"));
        check(Map.of("state.backend.changelog.enabled", "true"));
        check(Map.of("high-availability.type", "zookeeper"));
        assertThat(problems).hasSize(8).allMatch(problem -> problem.contains(": cannot be set here: "));
    }

    @Test
    void valuesAreOfTheOptionsType() {
        check(Map.of("taskmanager.network.memory.buffer-debloat.enabled", "perhaps"));
        check(Map.of("taskmanager.network.detailed-metrics", "true"));
        assertThat(problems)
                .singleElement()
                .asString()
                .isEqualTo(
                        "runtime.flink.taskmanager.network.memory.buffer-debloat.enabled: is \"perhaps\", which Flink "
                                + "does not accept; its default is false");
        assertThat(warnings).isEmpty();
    }

    @Test
    void valuesThatFlinkRefusesAtItsStartAreProblems() {
        check(Map.of("taskmanager.memory.segment-size", "1000b"));
        check(Map.of("taskmanager.numberOfTaskSlots", "1"));
        check(Map.of("", "1"));
        check(Map.of("taskmanager.memory.segment-size", "null"));
        assertThat(problems)
                .satisfiesExactly(
                        size -> assertThat(size).contains("segment-size: is \"1000b\"", "does not accept"),
                        slots -> assertThat(slots).contains("numberOfTaskSlots", "runtime.parallelism"),
                        name -> assertThat(name).contains("has no name"),
                        value -> assertThat(value).contains("has no value"));
    }

    @Test
    void otherSpellingsOfRefusedOptionsAreRefused() {
        List.of(
                        "execution.buffer-timeout",
                        "execution.checkpointing.force-unaligned",
                        "state.checkpoint-storage",
                        "execution.checkpointing.storage",
                        "execution.checkpointing.min-pause",
                        "restart-strategy")
                .forEach(name -> check(Map.of(name, "x")));
        assertThat(problems).hasSize(6).allMatch(problem -> problem.contains(": cannot be set here: "));
    }

    @Test
    void referencesAreNotResolved() {
        check(Map.of("io.tmp.dirs", "${env:FOLDER}"));
        assertThat(problems)
                .singleElement()
                .asString()
                .contains("runtime.flink.io.tmp.dirs", "references are not resolved here");
    }

    @Test
    void aNameThatFlinkDoesNotKnowIsAWarningWithTheNearestOne() {
        check(Map.of("pipeline.auto-watermark-intervall", "50 ms"));
        assertThat(problems).isEmpty();
        assertThat(warnings)
                .singleElement()
                .asString()
                .contains("pipeline.auto-watermark-intervall", "did you mean \"pipeline.auto-watermark-interval\"?");
    }

    @Test
    void anOptionWithAFixedSetOfValuesListsThem() {
        check(Map.of("jobmanager.scheduler", "x"));
        check(Map.of("classloader.resolve-order", "sideways"));
        check(Map.of("jobmanager.execution.failover-strategy", "none"));
        check(Map.of("state.backend.rocksdb.predefined-options", "FAST"));
        check(Map.of("jobmanager.scheduler", "default", "classloader.resolve-order", "Parent-First"));
        assertThat(problems)
                .satisfiesExactly(
                        scheduler -> assertThat(scheduler)
                                .startsWith("runtime.flink.jobmanager.scheduler: is \"x\"")
                                .contains("Default", "Adaptive"),
                        order -> assertThat(order)
                                .isEqualTo("runtime.flink.classloader.resolve-order: is \"sideways\", expected one of "
                                        + "[child-first, parent-first]"),
                        strategy -> assertThat(strategy).contains("failover-strategy", "[region, full]"),
                        rocksdb -> assertThat(rocksdb).contains("predefined-options", "SPINNING_DISK_OPTIMIZED"));
        assertThat(warnings).isEmpty();
    }

    @Test
    void optionsOfFlinksInternalsAreRefused() {
        check(Map.of("$internal.x", "1"));
        assertThat(problems).singleElement().asString().contains("$internal.x: cannot be set here: ");
    }

    @Test
    void heartbeatsThatFlinkRefusesAtItsStartAreAProblem() {
        check(Map.of("heartbeat.timeout", "5 s"));
        check(Map.of("heartbeat.timeout", "5 s", "heartbeat.interval", "1 s"));
        check(Map.of("heartbeat.interval", "2 min"));
        assertThat(problems)
                .satisfiesExactly(
                        timeout -> assertThat(timeout)
                                .startsWith("runtime.flink.heartbeat.timeout: ")
                                .contains("timeout of 5000 ms", "interval of 10000 ms"),
                        interval -> assertThat(interval)
                                .startsWith("runtime.flink.heartbeat.interval: ")
                                .contains("timeout of 50000 ms", "interval of 120000 ms"));
    }

    @Test
    void memorySizesThatARunDoesNotUseAreAWarning() {
        check(Map.of("taskmanager.memory.process.size", "4g"));
        check(Map.of("taskmanager.memory.managed.fraction", "0.5"));
        check(Map.of("jobmanager.memory.heap.size", "1g"));
        check(Map.of("taskmanager.memory.segment-size", "64kb"));
        assertThat(problems).isEmpty();
        assertThat(warnings)
                .hasSize(3)
                .allSatisfy(warning -> assertThat(warning).contains("has no effect in a run", "runtime.state_cache"));
    }
}
