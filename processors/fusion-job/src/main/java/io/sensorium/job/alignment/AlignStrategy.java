// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.alignment;

import java.io.Serializable;
import java.util.OptionalLong;

/** How a subject's events become windows. All times in ms. */
public sealed interface AlignStrategy extends Serializable {

    /** The strategy as it enters result ids, such as {@code tumbling:10000}. */
    String identity();

    /** The strategy as state was made with it: what changes which windows the state can hold. */
    default String stateIdentity() {
        return identity();
    }

    /**
     * Whether the events of a written window are marked as used. The unmarked ones are counted when they are dropped.
     */
    default boolean marksServedEvents() {
        return false;
    }

    /**
     * The event time of the anchor of a window; empty where windows have none.
     *
     * @param start of the window
     * @param modality of an event, by index
     */
    default OptionalLong anchorTime(long start, int modality) {
        return OptionalLong.empty();
    }

    /** The longest time that a window can be open: what a deadline on the wall clock must not undercut. */
    long length();

    /** The longest time after an event's own at which a window that holds it is written first, in event time. */
    default long reach() {
        return length();
    }

    /** Windows [k · size, (k + 1) · size). */
    record Tumbling(long size) implements AlignStrategy {
        @Override
        public String identity() {
            return "tumbling:" + size;
        }

        @Override
        public long length() {
            return size;
        }
    }

    /**
     * Windows [k · slide, k · slide + size), {@code slide} at most {@code size}; an event is in each that holds its
     * time.
     */
    record Sliding(long size, long slide) implements AlignStrategy {
        @Override
        public String identity() {
            return "sliding:" + size + ":" + slide;
        }

        @Override
        public long length() {
            return size;
        }
    }

    /**
     * Events that chain while neighbours are less than {@code gap} apart; [first, last + gap). A chain never reaches
     * past first + {@code maxLength}: the next event starts another.
     */
    record Session(long gap, long maxLength) implements AlignStrategy {
        @Override
        public String identity() {
            return "session:" + gap;
        }

        @Override
        public String stateIdentity() {
            return identity() + " max_length:" + maxLength;
        }

        @Override
        public long length() {
            return gap;
        }

        @Override
        public long reach() {
            return Math.max(gap, maxLength);
        }
    }

    /**
     * One window for each event a of the anchor modality, [a − before, a + after], both ends included, with the one
     * nearest event of each other modality.
     *
     * @param anchorName the modality's name, for result ids
     * @param anchor its index
     */
    record Nearest(String anchorName, int anchor, long before, long after) implements AlignStrategy {
        @Override
        public String identity() {
            return "nearest:" + anchorName + ":" + before + ":" + after;
        }

        @Override
        public long length() {
            return before + after;
        }

        @Override
        public boolean marksServedEvents() {
            return true;
        }

        @Override
        public OptionalLong anchorTime(long start, int modality) {
            return modality == anchor ? OptionalLong.of(start + before) : OptionalLong.empty();
        }

        /** Its last window is written when the watermark is past the end. */
        @Override
        public long reach() {
            return before + after + 1;
        }
    }
}
