// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

/** A record's media cannot be decoded; the record is at fault. */
public final class MediaException extends Exception {
    private static final long serialVersionUID = 1L;

    /** What is wrong with the media. */
    public enum Problem {
        EMPTY,
        CORRUPT,
        UNSUPPORTED,
        TOO_LARGE
    }

    private final Problem problem;

    public MediaException(Problem problem, String message) {
        this(problem, message, null);
    }

    public MediaException(Problem problem, String message, Throwable cause) {
        super(message, cause);
        this.problem = problem;
    }

    public Problem problem() {
        return problem;
    }
}
