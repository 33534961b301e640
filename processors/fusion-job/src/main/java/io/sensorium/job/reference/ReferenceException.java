// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.reference;

import io.sensorium.job.records.FailureCode;

/** Why a reference gave no content. */
public final class ReferenceException extends Exception {
    private static final long serialVersionUID = 1L;

    private final FailureCode code;
    private final boolean transitory;

    /** @param transitory whether another try may end differently */
    ReferenceException(FailureCode code, String message, boolean transitory) {
        super(message);
        this.code = code;
        this.transitory = transitory;
    }

    static ReferenceException refused(String message) {
        return new ReferenceException(FailureCode.REFERENCE_REFUSED, message, false);
    }

    /** The code of the dead letter. */
    public FailureCode code() {
        return code;
    }

    boolean transitory() {
        return transitory;
    }
}
