// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.layout;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Bash and Maven cannot call Java for the list, so it is there too. */
class OpenedPackagesTest {

    @Test
    void theLaunchersAndTheBuildOpenTheSame() throws Exception {
        List<String> names = OpenedPackages.options().stream()
                .map(option -> option.replaceAll(".*/java\\.(.*)=.*", "$1"))
                .toList();
        Path root = DistributionLayout.root();
        for (String launcher : List.of("sensorium", "dist/src/main/bin/sensorium")) {
            assertThat(Files.readString(root.resolve(launcher)))
                    .as(launcher)
                    .contains("for package in " + String.join(" ", names) + "; do");
        }
        assertThat(Files.readString(root.resolve("pom.xml")))
                .contains("<jvm.opens>" + String.join(" ", OpenedPackages.options()) + "</jvm.opens>");
    }
}
