// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.emit;

import io.sensorium.job.emit.RunningCopies.Copy;
import java.time.Instant;
import org.apache.flink.runtime.throwable.ThrowableAnnotation;
import org.apache.flink.runtime.throwable.ThrowableType;

/**
 * Another copy of the pipeline runs. The two would abort each other's transactions again and again, so the job ends and
 * is not restarted.
 */
@ThrowableAnnotation(ThrowableType.NonRecoverableError)
public final class SecondCopyException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    SecondCopyException(String group, Copy other) {
        super(message(group, other));
    }

    /**
     * What is wrong, and how to get on.
     *
     * @param group of the copies
     * @param other the one that runs
     */
    public static String message(String group, Copy other) {
        return "this pipeline already runs: job " + other.job() + " at " + other.host() + ", since "
                + Instant.ofEpochMilli(other.since()) + " (consumer group " + group
                + "). A second copy would write every result"
                + " twice; stop the other one first, or give this one another name (pipeline:) and other output topics";
    }
}
