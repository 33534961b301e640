// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.runtime;

import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.emit.ResultSink;
import io.sensorium.job.emit.RunningCopies;
import io.sensorium.job.emit.SecondCopyException;
import io.sensorium.job.run.SavedState;
import io.sensorium.job.run.StateLock;
import io.sensorium.pipeline.ConfigurationException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Keeps a pipeline from running twice: by a lock on its state folder, and by its transactional ids at the broker. */
final class OtherCopies {

    private OtherCopies() {}

    static StateLock lock(String name, Path folder) throws ConfigurationException {
        try {
            return StateLock.take(folder).orElseThrow(() -> inUse(name, folder));
        } catch (IOException e) {
            throw new ConfigurationException(name, List.of(StateLock.unusable(folder, e)));
        }
    }

    private static ConfigurationException inUse(String name, Path folder) {
        return new ConfigurationException(
                name,
                List.of("runtime.state_dir: " + folder + " is in use by " + StateLock.holder(folder)
                        + ": this pipeline already runs. Stop that run first (SIGTERM saves its state), or "
                        + "give this pipeline another name (pipeline:), output topics and state_dir"));
    }

    /**
     * Refuses a start while another copy of the pipeline runs, on this machine or another.
     *
     * @param name of the pipeline file, for messages
     * @throws ConfigurationException where one does
     */
    static void requireNone(String name, PipelineConfig config, boolean bounded)
            throws ConfigurationException, IOException, InterruptedException {
        Path folder = bounded ? null : new SavedState(config).folder();
        if (folder == null || !StateLock.exists(folder)) {
            refuse(name, config, bounded, Set.of());
            return;
        }
        try (StateLock lock = lock(name, folder)) {
            refuse(name, config, bounded, lock.previousJobs());
        }
    }

    static void refuse(String name, PipelineConfig config, boolean bounded, Set<String> ended)
            throws ConfigurationException, InterruptedException {
        String group = RunningCopies.group(ResultSink.transactionalIdPrefix(config, bounded));
        Optional<RunningCopies.Copy> other = RunningCopies.other(config.kafka().clientProperties(), group, ended);
        if (other.isPresent()) {
            throw new ConfigurationException(name, List.of(SecondCopyException.message(group, other.get())));
        }
    }
}
