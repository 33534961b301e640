// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.config;

import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where {@code runtime.state_dir} is: relative to the pipeline file, so that a start from another working directory
 * finds the same state.
 */
final class StateFolder {

    private static final Logger LOG = LoggerFactory.getLogger(StateFolder.class);

    /** Lies in every state folder that was used. */
    private static final String NOTE = "pipeline.json";

    private StateFolder() {}

    /**
     * The absolute folder. Earlier releases took it relative to the working directory: where only that one holds state,
     * it is used still, with a warning.
     */
    static Path of(Path file, String stateDir) {
        Path byFile = file.toAbsolutePath().resolveSibling(stateDir).normalize();
        Path byWorkingDirectory = Path.of(stateDir).toAbsolutePath().normalize();
        if (!byFile.equals(byWorkingDirectory)
                && Files.exists(byWorkingDirectory.resolve(NOTE))
                && !Files.exists(byFile.resolve(NOTE))) {
            LOG.warn(
                    "runtime.state_dir {} is relative to the pipeline file, which is {}; there is no state, but in "
                            + "{}, relative to the working directory, where earlier releases kept it. That one is used: move it to {},"
                            + " so that a start from elsewhere finds it",
                    stateDir,
                    byFile,
                    byWorkingDirectory,
                    byFile);
            return byWorkingDirectory;
        }
        return byFile;
    }
}
