// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.encode;

/**
 * Separates failures of one record from failures of the process. Whatever is thrown while a record is processed is that
 * record's failure, also errors of decoders, of native libraries and of the stack, unless the process itself cannot go
 * on.
 */
public final class RecordFailure {

    private static final int MAX_MESSAGE = 500;

    private RecordFailure() {}

    /**
     * Whether the record alone failed. False for interrupts, and for shortages that no record causes: metaspace and
     * threads.
     *
     * @param problem thrown by the thread that processes the record
     */
    public static boolean isOfRecord(Throwable problem) {
        for (Throwable cause = problem; cause != null; cause = cause.getCause() == cause ? null : cause.getCause()) {
            if (cause instanceof InterruptedException
                    || cause instanceof OutOfMemoryError shortage && isOfProcess(shortage)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isOfProcess(OutOfMemoryError shortage) {
        String message = String.valueOf(shortage.getMessage());
        return message.contains("Metaspace")
                || message.contains("Compressed class space")
                || message.contains("native thread");
    }

    /** The failure in one line for a dead letter, at most 500 characters. */
    public static String describe(Throwable problem) {
        String message = problem.getClass().getSimpleName()
                + (problem.getMessage() == null
                        ? ""
                        : ": " + problem.getMessage().replaceAll("\\s+", " "));
        return message.length() > MAX_MESSAGE ? message.substring(0, MAX_MESSAGE) + "…" : message;
    }
}
