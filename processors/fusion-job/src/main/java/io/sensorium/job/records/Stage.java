// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.records;

import java.util.Locale;

/** A stage of the job, by which dead letters, spans, Flink operators and the notes of isolated records name it. */
public enum Stage {
    /** Reads and checks records. */
    INGEST,
    /** Fetches the content of claim checks. */
    FETCH,
    /** Computes embeddings. */
    ENCODE,
    /** Groups events into windows. */
    ALIGN,
    /** Runs the operators. */
    FUSE,
    /** Evaluates moderation rules. */
    MODERATE,
    /** Writes records. */
    EMIT;

    private final String label = name().toLowerCase(Locale.ROOT);

    /** The name in records, spans, metrics and operator uids, in lower case. */
    public String label() {
        return label;
    }
}
