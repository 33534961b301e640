package io.sensorium.job.align;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * When each subject is next due. A subject waits in one place; one that moves later stays where it is and is asked again when
 * that time comes. For one thread.
 */
final class Deadlines {

    /** A subject's place. */
    static final class Place {
        private final LiveSubject subject;
        private boolean waits;
        private long at;

        Place(LiveSubject subject) {
            this.subject = subject;
        }
    }

    private final TreeMap<Long, List<Place>> waiting = new TreeMap<>();
    private int size;

    /** Makes a subject due at a time, unless it is due before. */
    void schedule(Place place, long at) {
        if (place.waits && at >= place.at) {
            return;
        }
        size += place.waits ? 0 : 1;
        place.waits = true;
        place.at = at;
        waiting.computeIfAbsent(at, time -> new ArrayList<>()).add(place);
    }

    void cancel(Place place) {
        size -= place.waits ? 1 : 0;
        place.waits = false;
    }

    /** The earliest time at which some subject may be due, or {@link Aligner#NEVER}. */
    long next() {
        return waiting.isEmpty() ? Aligner.NEVER : waiting.firstKey();
    }

    /** Takes out the subjects of the earliest time that has come. @return null where none has; empty where all of it was cancelled */
    List<LiveSubject> poll(long now) {
        Map.Entry<Long, List<Place>> first = waiting.firstEntry();
        if (first == null || first.getKey() > now) {
            return null;
        }
        waiting.pollFirstEntry();
        List<LiveSubject> due = new ArrayList<>(first.getValue().size());
        for (Place place : first.getValue()) {
            if (place.waits && place.at == first.getKey()) {
                place.waits = false;
                size--;
                due.add(place.subject);
            }
        }
        return due;
    }

    /** How many subjects wait. */
    int size() {
        return size;
    }
}
