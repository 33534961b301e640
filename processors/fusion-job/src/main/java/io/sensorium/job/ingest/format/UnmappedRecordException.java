// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest.format;

import io.sensorium.job.records.FailureCode;

/** A record can be decoded, but a field of its event is missing or is not what the mapping states. */
public final class UnmappedRecordException extends Exception {
    private static final long serialVersionUID = 1L;

    private final FailureCode code;

    UnmappedRecordException(FailureCode code, String message) {
        // A topic may consist of such records, and nobody reads where the exception was made.
        super(message, null, false, false);
        this.code = code;
    }

    /** The dead letter's code. */
    public FailureCode code() {
        return code;
    }
}
