// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.alignment;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * What is kept of one subject between calls: the events that some window can still use, and what was written of windows
 * that can still change. Empty state is no state. Mutable; for one thread.
 */
public final class SubjectState {

    /** An event, when it arrived, and whether a window has used it. */
    static final class BufferedEvent {
        static final Comparator<BufferedEvent> ORDER =
                Comparator.comparing(held -> held.event, EncodedEvent.BY_TIME_AND_ORIGIN);

        final EncodedEvent event;

        /**
         * Wall-clock ms from which its window's deadline runs; not kept across a restore, after which deadlines start
         * again.
         */
        long arrival;

        /** Whether a written window has used it; only the nearest strategy asks. */
        boolean served;

        /** Whether the keyed state has it. */
        boolean saved;

        BufferedEvent(EncodedEvent event, long arrival, boolean served) {
            this.event = event;
            this.arrival = arrival;
            this.served = served;
        }

        long time() {
            return event.time();
        }
    }

    /** Times, both included, of events that a session's cap dropped: they still hold its chain together. */
    static final class DroppedSpan {
        long first;
        long last;

        DroppedSpan(long first, long last) {
            this.first = first;
            this.last = last;
        }
    }

    private final String subject;

    /** In {@link BufferedEvent#ORDER}. */
    final List<BufferedEvent> held = new ArrayList<>(3);

    /** Empty unless windows may be written more than once. */
    List<WrittenWindow> written = List.of();

    /** By time; of sessions only. */
    List<DroppedSpan> dropped = List.of();

    /** The watermark up to which this subject's windows were closed. */
    long closedUpTo = Long.MIN_VALUE;

    /** Whether two copies of one event may be held. */
    boolean copies;

    /** Bytes of what is held. */
    long bytes;

    /**
     * Wall-clock ms before which no open window is due, unless an id vanishes; {@code Long.MIN_VALUE} where that is not
     * known.
     */
    long deadlineBound = Aligner.NEVER;

    /**
     * What is held by its event, and what was written by its id; each only where there is much of it and it was asked
     * for.
     */
    private Map<EventKey, List<BufferedEvent>> byEvent;

    private Map<WrittenKey, WrittenWindow> byId;

    /** From how many on a search is by an index. */
    private static final int MANY = 32;

    private record WrittenKey(long start, String anchorId) {}

    private boolean changed;

    private boolean rewrite;

    /** @param subject the alignment key */
    public SubjectState(String subject) {
        this.subject = subject;
    }

    /** The alignment key. */
    public String subject() {
        return subject;
    }

    /** Whether nothing is kept. */
    public boolean isEmpty() {
        return held.isEmpty() && written.isEmpty();
    }

    /** How many events are kept. */
    public int size() {
        return held.size();
    }

    /** Bytes of the embeddings and lineage that are kept. */
    public long bytes() {
        return bytes;
    }

    /** The watermark up to which its windows were closed. */
    public long closedUpTo() {
        return closedUpTo;
    }

    /** When its events arrived, in wall-clock ms and in their order. */
    public long[] arrivals() {
        return held.stream().mapToLong(each -> each.arrival).toArray();
    }

    /**
     * Sets when its events arrived.
     *
     * @param arrivals as {@link #arrivals} returned them
     */
    public void restoreArrivals(long[] arrivals) {
        for (int i = 0; i < arrivals.length; i++) {
            held.get(i).arrival = arrivals[i];
        }
    }

    /** Whether the saved state differs from it. */
    public boolean isChanged() {
        return changed;
    }

    /** Whether the saved state differs by more than events that were added. */
    public boolean isRewritten() {
        return rewrite;
    }

    /** Its changes are saved. */
    public void markSaved() {
        changed = false;
        rewrite = false;
    }

    /** Adds an event in order. */
    void insert(BufferedEvent added) {
        int last = held.size() - 1;
        if (last < 0 || BufferedEvent.ORDER.compare(held.get(last), added) < 0) {
            held.add(added);
        } else {
            int at = Collections.binarySearch(held, added, BufferedEvent.ORDER);
            held.add(at < 0 ? -at - 1 : at, added);
        }
        bytes += added.event.stateBytes();
        changed = true;
        if (byEvent != null) {
            index(added);
        }
    }

    private void index(BufferedEvent added) {
        byEvent.merge(EventKey.of(added.event), List.of(added), (before, one) -> {
            List<BufferedEvent> copies = new ArrayList<>(before);
            copies.addAll(one);
            copies.sort(BufferedEvent.ORDER);
            return copies;
        });
    }

    private void leaves(BufferedEvent gone) {
        bytes -= gone.event.stateBytes();
        if (byEvent != null) {
            byEvent.computeIfPresent(EventKey.of(gone.event), (key, copies) -> {
                List<BufferedEvent> left =
                        copies.stream().filter(copy -> copy != gone).toList();
                return left.isEmpty() ? null : left;
            });
        }
    }

    void remove(BufferedEvent gone) {
        held.remove(Collections.binarySearch(held, gone, BufferedEvent.ORDER));
        leaves(gone);
        markDirty();
    }

    /** A copy of an event that is held: of several one of the same time, else the first. Null where there is none. */
    BufferedEvent copyOf(EncodedEvent event) {
        if (byEvent == null && held.size() >= MANY) {
            byEvent = new HashMap<>(held.size() * 2);
            held.forEach(this::index);
        }
        BufferedEvent found = null;
        for (BufferedEvent each : byEvent == null ? held : byEvent.getOrDefault(EventKey.of(event), List.of())) {
            if (each.event.sameAs(event) && (found == null || each.time() == event.time())) {
                found = each;
            }
        }
        return found;
    }

    /** Removes the first events. */
    void removeFirst(int count) {
        if (count > 0) {
            List<BufferedEvent> first = held.subList(0, count);
            first.forEach(this::leaves);
            first.clear();
            if (held.size() < MANY) {
                byEvent = null;
            }
            markDirty();
        }
    }

    /** Something else than an addition. */
    void markDirty() {
        changed = true;
        rewrite = true;
    }

    /**
     * Lets go of everything.
     *
     * @return the events that no written window used
     */
    public List<EncodedEvent> clear() {
        List<EncodedEvent> gone = new ArrayList<>();
        for (BufferedEvent each : held) {
            if (!each.served && !isReferenced(each.event)) {
                gone.add(each.event);
            }
        }
        held.clear();
        byEvent = null;
        byId = null;
        written = List.of();
        dropped = List.of();
        bytes = 0;
        markDirty();
        return gone;
    }

    /** The index of the first event at or after a time. */
    int firstAt(long time) {
        int low = 0;
        int high = held.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (held.get(middle).time() < time) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** What was written under an id, or null. */
    WrittenWindow written(long start, String anchorId) {
        if (byId == null && written.size() >= MANY) {
            byId = new HashMap<>(written.size() * 2);
            written.forEach(window -> byId.put(new WrittenKey(window.start, window.anchorId), window));
        }
        if (byId != null) {
            return byId.get(new WrittenKey(start, anchorId));
        }
        for (WrittenWindow window : written) {
            if (window.start == start && window.anchorId.equals(anchorId)) {
                return window;
            }
        }
        return null;
    }

    void addWritten(WrittenWindow window) {
        if (written.isEmpty()) {
            written = new ArrayList<>(1);
        }
        written.add(window);
        if (byId != null) {
            byId.put(new WrittenKey(window.start, window.anchorId), window);
        }
        markDirty();
    }

    /** Forgets what was written of some windows. */
    void forgetWritten(Predicate<WrittenWindow> which) {
        if (!written.isEmpty()
                && written.removeIf(window -> {
                    boolean gone = which.test(window);
                    if (gone && byId != null) {
                        byId.remove(new WrittenKey(window.start, window.anchorId));
                    }
                    return gone;
                })) {
            byId = written.size() < MANY ? null : byId;
            markDirty();
        }
    }

    /** Whether a record that may be taken back used this event. */
    boolean isReferenced(EncodedEvent event) {
        for (WrittenWindow window : written) {
            // What a window used lies within it.
            if (event.time() >= window.start && event.time() <= window.end && window.uses(event)) {
                return true;
            }
        }
        return false;
    }
}
