// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.runtime;

import java.nio.file.Path;

/** Where the project is. */
public final class DistributionLayout {

    private DistributionLayout() {}

    /** The project's root, as set by the launcher or the build; else the working folder. */
    public static Path root() {
        return Path.of(System.getProperty("sensorium.root", "."))
                .toAbsolutePath()
                .normalize();
    }

    /** The broker's and the registry's files, laid out by the stack module. */
    public static Path stackDistributions() {
        return root().resolve("quickstart/stack/target");
    }

    /** The roll-up app's module, whose {@code target} holds its classes and class path. */
    public static Path rollupApp() {
        return root().resolve("processors/rollup-app");
    }

    /** The jar that clusters get: the job with everything that Flink does not bring. */
    public static Path jobJar() {
        return root().resolve("processors/job-jar/target/sensorium-job.jar");
    }

    /** Flink's own jars, for clusters of processes. */
    public static Path flinkDistribution() {
        return root().resolve("quickstart/cluster/target/flink");
    }
}
