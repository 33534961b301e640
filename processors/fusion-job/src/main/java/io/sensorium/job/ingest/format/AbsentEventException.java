// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest.format;

import java.util.OptionalLong;

/**
 * A record of a topic that several modalities read holds no event of this one, which is no failure, or cannot be
 * decoded, which another one reports.
 */
public final class AbsentEventException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient OptionalLong time;

    AbsentEventException(OptionalLong time) {
        // Most records may be such, and nobody reads where the exception was made.
        super("no event of the modality", null, false, false);
        this.time = time;
    }

    /** What the event's time would be, in ms, where the record has it. */
    public OptionalLong time() {
        return time;
    }
}
