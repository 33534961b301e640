// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.quarantine;

import io.sensorium.operators.encode.RecordFailure;
import org.apache.flink.runtime.execution.CancelTaskException;

/**
 * Separates what one record or window makes an operator throw, which becomes dead letters, from failures of the
 * platform, which fail the task: cancellation, the operator's output (network buffers, chained operators, Kafka), the
 * state backend, shortages of the whole process.
 */
public final class RecordWall {

    private RecordWall() {}

    /**
     * A failure of the platform while a record was processed, such as an operator's output. Wraps what was thrown, so
     * that it is not taken for the record's.
     */
    public static final class PlatformFailure extends RuntimeException {
        private static final long serialVersionUID = 1L;

        public PlatformFailure(Throwable cause) {
            super(String.valueOf(cause.getMessage()), cause);
        }
    }

    /**
     * The failure of a record, in words for its dead letter.
     *
     * @param problem thrown while the record was processed; thrown again, whatever it is, where it is no failure of the
     *     record
     */
    public static String messageOf(Throwable problem) {
        if (!isOfRecord(problem)) {
            RecordWall.<RuntimeException>rethrow(
                    problem instanceof PlatformFailure failure ? failure.getCause() : problem);
        }
        return RecordFailure.describe(problem);
    }

    private static boolean isOfRecord(Throwable problem) {
        if (!RecordFailure.isOfRecord(problem) || Thread.currentThread().isInterrupted()) {
            return false;
        }
        for (Throwable cause = problem; cause != null; cause = cause.getCause() == cause ? null : cause.getCause()) {
            if (cause instanceof PlatformFailure
                    || cause instanceof CancelTaskException
                    || cause.getClass().getName().startsWith("org.rocksdb.")) {
                return false;
            }
        }
        return true;
    }

    @SuppressWarnings("unchecked") // what is thrown stays what it is
    private static <T extends Throwable> void rethrow(Throwable problem) throws T {
        throw (T) problem;
    }
}
