// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks.load;

import io.sensorium.quickstart.layout.DistributionLayout;
import io.sensorium.quickstart.layout.OpenedPackages;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The JVM of a contender that runs as a process. */
public final class ContenderJvm {

    private ContenderJvm() {}

    /**
     * Its options, the same for all contenders of a benchmark.
     *
     * @param heap its maximum, as {@code -Xmx} has it
     * @param folder for its log
     * @return a list that may be added to
     */
    public static List<String> options(String heap, Path folder) {
        List<String> options = new ArrayList<>(List.of(
                "-Xmx" + heap,
                "-XX:+UseParallelGC",
                "-Dsensorium.log=" + folder.resolve("log4j.log"),
                "-Dai.djl.offline=true",
                "-DOPT_OUT_TRACKING=true"));
        options.addAll(DistributionLayout.jvmOptions());
        options.addAll(OpenedPackages.options());
        return options;
    }
}
