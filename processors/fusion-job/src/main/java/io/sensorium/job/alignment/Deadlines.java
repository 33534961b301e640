// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.alignment;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * When each subject is next due. A subject waits in one place; one that moves later stays where it is and is asked
 * again when that time comes. One that is cancelled leaves at once, so nothing of it is kept. For one thread.
 *
 * @param <S> a subject
 */
public final class Deadlines<S> {

    /** A subject's place. */
    public static final class Place<S> {
        private final S subject;
        private List<Place<S>> together;
        private int index;
        private long at;

        public Place(S subject) {
            this.subject = subject;
        }
    }

    private final TreeMap<Long, List<Place<S>>> waiting = new TreeMap<>();
    private int size;

    /** Makes a subject due at a time, unless it is due before. {@link Aligner#NEVER} changes nothing. */
    public void schedule(Place<S> place, long at) {
        if (at == Aligner.NEVER || place.together != null && at >= place.at) {
            return;
        }
        cancel(place);
        place.at = at;
        place.together = waiting.computeIfAbsent(at, time -> new ArrayList<>());
        place.index = place.together.size();
        place.together.add(place);
        size++;
    }

    public void cancel(Place<S> place) {
        if (place.together == null) {
            return;
        }
        Place<S> last = place.together.remove(place.together.size() - 1);
        if (last != place) {
            place.together.set(place.index, last);
            last.index = place.index;
        }
        if (place.together.isEmpty()) {
            waiting.remove(place.at);
        }
        place.together = null;
        size--;
    }

    /** Whether a subject is asked at a time or before. */
    public boolean isDueBy(Place<S> place, long at) {
        return place.together != null && place.at <= at;
    }

    /** The earliest time at which some subject may be due, or {@link Aligner#NEVER}. */
    public long next() {
        return waiting.isEmpty() ? Aligner.NEVER : waiting.firstKey();
    }

    /**
     * Takes out the subjects of the earliest time that has come.
     *
     * @return null where none has
     */
    public List<S> poll(long now) {
        Map.Entry<Long, List<Place<S>>> first = waiting.firstEntry();
        if (first == null || first.getKey() > now) {
            return null;
        }
        waiting.pollFirstEntry();
        List<S> due = new ArrayList<>(first.getValue().size());
        for (Place<S> place : first.getValue()) {
            place.together = null;
            due.add(place.subject);
        }
        size -= due.size();
        return due;
    }

    /** How many subjects wait. */
    public int size() {
        return size;
    }
}
