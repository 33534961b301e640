// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.quickstart.layout.DistributionLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;

/** {@code docs/cli.md} is what the commands' help prints. */
class CommandReferenceTest {

    private static final String WRITE = "sensorium.write-reference";
    private static final int WIDTH = 100;

    private static void add(StringBuilder page, CommandLine command) {
        command.setUsageHelpWidth(WIDTH);
        // A terminal's own width is not the page's.
        command.setUsageHelpAutoWidth(false);
        page.append("\n## ").append(command.getCommandSpec().qualifiedName()).append("\n\n```text\n");
        command.getUsageMessage(Ansi.OFF)
                .lines()
                .forEach(line -> page.append(line.stripTrailing()).append('\n'));
        page.append("```\n");
        for (Map.Entry<String, CommandLine> each : command.getSubcommands().entrySet()) {
            if (!each.getKey().equals("help")) {
                add(page, each.getValue());
            }
        }
    }

    @Test
    void thePageIsTheHelpOfAllCommands() throws Exception {
        StringBuilder page = new StringBuilder("""
                # Command line

                Made from the commands' own help by a test (`CommandReferenceTest`). Exit codes: 0 fine, 1 the work failed, 2 the
                call or the configuration is wrong; those of `run` are in [operations](operations.md).

                Further commands, each with `--help`: `rollup` ([roll-ups](rollups.md)), `train`, `evaluate` and `quantize`
                ([training](training.md)), `bench` ([benchmarks](benchmarks.md)).

                Log file and heap are set by environment variables, which [operations](operations.md) lists.
                """);
        add(page, SensoriumCommand.commandLine());
        Path file = DistributionLayout.root().resolve("docs/cli.md");
        if (Boolean.getBoolean(WRITE)) {
            Files.writeString(file, page);
        }
        assertThat(Files.readString(file))
                .as(
                        "docs/cli.md; mvn -pl quickstart -am test -Dtest=CommandReferenceTest"
                                + " -Dsurefire.failIfNoSpecifiedTests=false -D%s=true writes it",
                        WRITE)
                .isEqualTo(page.toString());
    }
}
