// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.emit;

import java.util.Optional;
import org.apache.flink.runtime.throwable.ThrowableAnnotation;
import org.apache.flink.runtime.throwable.ThrowableType;
import org.apache.flink.util.SerializedThrowable;

/**
 * A checkpoint completed, but the broker had aborted the transaction with its results. Restarting from that checkpoint
 * would never write them, so Flink must not: the job ends, to be started again from an earlier checkpoint.
 */
@ThrowableAnnotation(ThrowableType.NonRecoverableError)
public final class LostResultsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final long checkpoint;

    /** @param checkpoint the first checkpoint that lacks the results; those before it still have their inputs */
    public LostResultsException(String message, long checkpoint, Throwable cause) {
        super(message, cause);
        this.checkpoint = checkpoint;
    }

    /** The id of the first checkpoint that lacks the results. */
    public long checkpoint() {
        return checkpoint;
    }

    /**
     * The one that made a job fail, if one did.
     *
     * @param failure the job's, as Flink reports it
     */
    public static Optional<LostResultsException> in(Throwable failure) {
        Throwable at = failure;
        for (int depth = 0; at != null && depth < 64; depth++) {
            Throwable plain = at instanceof SerializedThrowable serialized
                    ? serialized.deserializeError(LostResultsException.class.getClassLoader())
                    : at;
            if (plain instanceof LostResultsException lost) {
                return Optional.of(lost);
            }
            at = plain.getCause();
        }
        return Optional.empty();
    }
}
