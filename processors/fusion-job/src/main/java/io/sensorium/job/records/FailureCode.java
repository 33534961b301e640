// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.records;

import io.sensorium.operators.encode.Outcome;
import io.sensorium.schemas.Fault;

/** The code of a dead letter, and whose fault it is. */
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
    POISON,
    INVALID_BANK_ENTRY;

    /** The code of a record that no encoder could encode. */
    public static FailureCode of(Outcome.Reason reason) {
        return switch (reason) {
            case EMPTY_PAYLOAD -> EMPTY_PAYLOAD;
            case CORRUPT_MEDIA -> CORRUPT_MEDIA;
            case UNSUPPORTED_MEDIA -> UNSUPPORTED_MEDIA;
            case MEDIA_TOO_LARGE -> MEDIA_TOO_LARGE;
            case MODEL_FAILED -> MODEL_FAILED;
        };
    }

    /** Whether it is about the media, which an encoder could not read. */
    public boolean isOfMedia() {
        return this == EMPTY_PAYLOAD || this == CORRUPT_MEDIA || this == UNSUPPORTED_MEDIA || this == MEDIA_TOO_LARGE;
    }

    /** PLATFORM where the record may be sound. */
    public Fault fault() {
        return this == MODEL_FAILED || this == POISON || this == REFERENCE_UNREACHABLE
                ? Fault.PLATFORM
                : Fault.PRODUCER;
    }
}
