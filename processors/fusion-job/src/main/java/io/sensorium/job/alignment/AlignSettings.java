// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.alignment;

import java.io.Serializable;
import java.util.List;
import java.util.Set;

/**
 * Everything that alignment is configured by.
 *
 * @param modalities how many are configured, at most 32; an event's modality is an index below it
 * @param required indices of modalities without which a window is incomplete
 * @param minModalities fewest modalities of a complete window
 * @param operators what each operator of the pipeline can work with, in their order; it decides which ids a change
 *     takes back
 * @param statePrecision how embeddings are kept; rounding happens once, before alignment, wherever an event is kept
 * @param whenSilent what the watermark does while every partition is idle
 */
public record AlignSettings(
        AlignStrategy strategy,
        int modalities,
        Set<Integer> required,
        int minModalities,
        Caps caps,
        Firing firing,
        List<OperatorNeed> operators,
        EmbeddingVector.Precision statePrecision,
        WhenSilent whenSilent)
        implements Serializable {

    /** With a watermark that advances while every partition is idle. */
    public AlignSettings(
            AlignStrategy strategy,
            int modalities,
            Set<Integer> required,
            int minModalities,
            Caps caps,
            Firing firing,
            List<OperatorNeed> operators,
            EmbeddingVector.Precision statePrecision) {
        this(
                strategy,
                modalities,
                required,
                minModalities,
                caps,
                firing,
                operators,
                statePrecision,
                WhenSilent.ADVANCE);
    }

    /** What the watermark does once every partition of every modality is idle. */
    public enum WhenSilent {
        /** It moves on with the wall clock while a window is open. */
        ADVANCE,
        /** It stays where it is until the next event: for replays whose event time runs slower than the clock. */
        HOLD
    }

    /**
     * What a window holds at most.
     *
     * @param maxEvents most events of one modality in a window; the earliest stay
     * @param maxBytes most bytes of one modality's embeddings in a window; the earliest stay, the first always
     */
    public record Caps(int maxEvents, long maxBytes) implements Serializable {}

    /**
     * When a window is written besides its close.
     *
     * @param early whether also as soon as every configured modality is there
     * @param allowedLateness ms of watermark for which a closed window still takes events
     * @param maxWait ms of wall clock after its first event at which an open window is written as it stands; 0 is off
     */
    public record Firing(boolean early, long allowedLateness, long maxWait) implements Serializable {

        /** Once, at the close. */
        public static final Firing AT_CLOSE = new Firing(false, 0, 0);

        /** Whether a window may be written more than once. */
        public boolean repeats() {
            return early || allowedLateness > 0 || maxWait > 0;
        }
    }

    /**
     * What an operator needs of a complete window.
     *
     * @param anyOf sets of modalities as bits; the operator takes a window that has every modality of one of them
     * @param optional whether a window that the operator does not take leaves no record under its key, instead of an
     *     incomplete window
     */
    public record OperatorNeed(List<Integer> anyOf, boolean optional) implements Serializable {

        /** An operator of which every complete window leaves a record. */
        public OperatorNeed(List<Integer> anyOf) {
            this(anyOf, false);
        }

        /** Whether the modalities present, as bits, are enough. */
        public boolean accepts(int present) {
            for (int needed : anyOf) {
                if ((present & needed) == needed) {
                    return true;
                }
            }
            return false;
        }

        /**
         * Whether a complete window with these modalities, as bits, leaves a record under the operator's key: a result
         * or an incomplete window.
         */
        public boolean leavesRecord(int present) {
            return !optional || accepts(present);
        }
    }

    /** The same with the operators' needs, which are known only once their models are. */
    public AlignSettings withOperators(List<OperatorNeed> needs) {
        return new AlignSettings(
                strategy,
                modalities,
                required,
                minModalities,
                caps,
                firing,
                List.copyOf(needs),
                statePrecision,
                whenSilent);
    }

    /** Without a deadline on the wall clock, as bounded runs are. */
    public AlignSettings withoutMaxWait() {
        Firing withoutMaxWait = new Firing(firing.early(), firing.allowedLateness(), 0);
        return new AlignSettings(
                strategy,
                modalities,
                required,
                minModalities,
                caps,
                withoutMaxWait,
                operators,
                statePrecision,
                whenSilent);
    }
}
