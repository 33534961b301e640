// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.records;

import io.sensorium.schemas.Fault;

/** What a dead letter says was wrong, and whose fault that is. */
public enum FailureCode {
    UNDECODABLE,
    UNKNOWN_SCHEMA,
    INVALID_EVENT,
    EVENT_TIME_OUT_OF_RANGE,
    EMPTY_PAYLOAD,
    CORRUPT_MEDIA,
    UNSUPPORTED_MEDIA,
    MEDIA_TOO_LARGE,
    EMBEDDING_MISMATCH,
    EMBEDDING_NOT_FINITE,
    REFERENCE_REFUSED,
    REFERENCE_UNREACHABLE,
    MODEL_FAILED,
    POISON;

    /** PLATFORM where the record may be sound. */
    public Fault fault() {
        return this == MODEL_FAILED || this == POISON || this == REFERENCE_UNREACHABLE
                ? Fault.PLATFORM
                : Fault.PRODUCER;
    }
}
