// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class MeasuredRunsTest {

    private final CommandLine bench = new CommandLine(BenchCommand.class);

    private CommandLine command(String name) {
        return bench.getSubcommands().get(name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"inference", "preprocessing", "pipeline", "formats"})
    void everyBenchmarkOfRunsHasTheSameOptionsWithItsOwnDefaults(String name) {
        CommandLine command = command(name);
        assertThat(command.getCommandSpec().optionsMap()).containsKeys("--rounds", "--seconds", "--json");
        assertThat(command.getUsageMessage()).contains("Default: " + (name.equals("pipeline") ? 3 : 5) + ".");
        assertThat(bench.execute(name, "--rounds", "0")).isEqualTo(2);
        assertThat(bench.execute(name, "--seconds", "0")).isEqualTo(2);
    }

    @Test
    void whatIsNotGivenIsTheBenchmarksOwn() {
        assertThat(command("inference").getUsageMessage()).contains("Default: 5.0.");
        assertThat(command("pipeline").getUsageMessage()).contains("Default: 20.0.");
    }
}
