// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.align;

import io.sensorium.job.alignment.AlignStrategy;
import io.sensorium.job.alignment.EncodedEvent;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The expected windows of a subject, computed from the whole list of arrivals by the words of the contract: slow, and
 * with nothing in common with the aligner.
 */
final class AlignmentOracle {

    /** An event and the watermark at its arrival. */
    record Arrival(EncodedEvent event, long watermark) {}

    /** A window as it stands at the end. */
    record Expected(long start, long end, String anchor, List<EncodedEvent> events) {
        @Override
        public String toString() {
            return describe(start, end, anchor, events);
        }
    }

    final List<Expected> windows = new ArrayList<>();
    final List<EncodedEvent> late = new ArrayList<>();

    private final long lateness;
    private final int maxEvents;

    /** @param maxEvents of a modality in a window */
    AlignmentOracle(List<Arrival> arrivals, AlignStrategy strategy, long lateness, int maxEvents) {
        this.lateness = lateness;
        this.maxEvents = maxEvents;
        if (strategy instanceof AlignStrategy.Tumbling tumbling) {
            fixed(arrivals, tumbling.size(), tumbling.size());
        } else if (strategy instanceof AlignStrategy.Sliding sliding) {
            fixed(arrivals, sliding.size(), sliding.slide());
        } else if (strategy instanceof AlignStrategy.Session session) {
            sessions(arrivals, session);
        } else {
            nearest(arrivals, (AlignStrategy.Nearest) strategy);
        }
        windows.sort(Comparator.comparingLong(Expected::start).thenComparing(Expected::anchor));
    }

    /** All of the events, none of them late. */
    static List<String> windows(List<EncodedEvent> events, AlignStrategy strategy) {
        return new AlignmentOracle(
                        events.stream()
                                .map(event -> new Arrival(event, Long.MIN_VALUE))
                                .toList(),
                        strategy,
                        0,
                        1000)
                .windows.stream().map(Expected::toString).toList();
    }

    private void fixed(List<Arrival> arrivals, long size, long slide) {
        TreeMap<Long, List<EncodedEvent>> byStart = new TreeMap<>();
        for (Arrival arrival : arrivals) {
            long time = arrival.event.time();
            boolean taken = false;
            for (long start = time - Math.floorMod(time, slide); start > time - size; start -= slide) {
                if (arrival.watermark < start + size + lateness) {
                    byStart.computeIfAbsent(start, s -> new ArrayList<>()).add(arrival.event);
                    taken = true;
                }
            }
            if (!taken) {
                late.add(arrival.event);
            }
        }
        byStart.forEach(
                (start, members) -> windows.add(new Expected(start, start + size, "", earliest(unique(members)))));
    }

    private void sessions(List<Arrival> arrivals, AlignStrategy.Session session) {
        List<EncodedEvent> held = new ArrayList<>();
        for (Arrival arrival : arrivals) {
            drop(held, session, arrival.watermark);
            List<EncodedEvent> joined = new ArrayList<>(held);
            joined.add(arrival.event);
            Expected its = chains(joined, session).stream()
                    .filter(chain -> chain.events.contains(arrival.event))
                    .findFirst()
                    .orElseThrow();
            if (its.end + lateness <= arrival.watermark) {
                late.add(arrival.event);
            } else {
                held = joined;
            }
        }
        drop(held, session, Long.MAX_VALUE);
    }

    private void drop(List<EncodedEvent> held, AlignStrategy.Session session, long watermark) {
        for (Expected chain : chains(held, session)) {
            if (chain.end + lateness <= watermark) {
                windows.add(new Expected(chain.start, chain.end, "", earliest(unique(chain.events))));
                held.removeAll(chain.events);
            }
        }
    }

    private static List<Expected> chains(List<EncodedEvent> events, AlignStrategy.Session session) {
        List<Expected> chains = new ArrayList<>();
        TreeSet<Long> times = new TreeSet<>();
        events.forEach(event -> times.add(event.time()));
        while (!times.isEmpty()) {
            long first = times.pollFirst();
            long last = first;
            while (!times.isEmpty()
                    && times.first() - last < session.gap()
                    && times.first() - first < session.maxLength()) {
                last = times.pollFirst();
            }
            long to = last;
            chains.add(new Expected(
                    first,
                    Math.min(last + session.gap(), first + session.maxLength()),
                    "",
                    events.stream()
                            .filter(event -> event.time() >= first && event.time() <= to)
                            .toList()));
        }
        return chains;
    }

    private void nearest(List<Arrival> arrivals, AlignStrategy.Nearest nearest) {
        for (Arrival arrival : arrivals) {
            EncodedEvent event = arrival.event;
            boolean isAnchor = event.modality() == nearest.anchor();
            if (isAnchor
                    ? arrival.watermark > event.time() + nearest.after() + lateness
                    : arrival.watermark > event.time() + nearest.before() + nearest.after() + lateness) {
                late.add(event);
            } else if (isAnchor) {
                window(arrivals, event, nearest);
            }
        }
    }

    private void window(List<Arrival> arrivals, EncodedEvent anchor, AlignStrategy.Nearest nearest) {
        long start = anchor.time() - nearest.before();
        long end = anchor.time() + nearest.after();
        List<EncodedEvent> inside = unique(arrivals.stream()
                .filter(arrival -> arrival.event.time() >= start && arrival.event.time() <= end)
                .filter(arrival -> arrival.watermark <= end + lateness)
                .map(Arrival::event)
                .toList());
        if (!inside.contains(anchor)) {
            return;
        }
        List<EncodedEvent> chosen = new ArrayList<>(List.of(anchor));
        List<EncodedEvent> candidates = earliest(inside.stream()
                .filter(event -> event.modality() != nearest.anchor())
                .toList());
        for (int modality = 0; modality < 8; modality++) {
            int m = modality;
            candidates.stream()
                    .filter(event -> event.modality() == m)
                    .min(Comparator.<EncodedEvent>comparingLong(event -> Math.abs(event.time() - anchor.time()))
                            .thenComparingLong(EncodedEvent::time)
                            .thenComparing(EncodedEvent::eventId))
                    .ifPresent(chosen::add);
        }
        windows.add(new Expected(start, end, anchor.eventId(), chosen));
    }

    /** Of the copies of one event the one with the smallest partition and offset. */
    private static List<EncodedEvent> unique(List<EncodedEvent> events) {
        Map<String, EncodedEvent> kept = new LinkedHashMap<>();
        events.stream()
                .sorted(Comparator.comparingInt(EncodedEvent::partition).thenComparingLong(EncodedEvent::offset))
                .forEach(event -> kept.putIfAbsent(event.modality() + "/" + event.eventId(), event));
        return new ArrayList<>(kept.values());
    }

    /** Of each modality the earliest, as many as a window holds. */
    private List<EncodedEvent> earliest(List<EncodedEvent> events) {
        Map<Integer, Integer> count = new TreeMap<>();
        return events.stream()
                .sorted(Comparator.comparingLong(EncodedEvent::time).thenComparing(EncodedEvent::eventId))
                .filter(event -> count.merge(event.modality(), 1, Integer::sum) <= maxEvents)
                .toList();
    }

    static String describe(long start, long end, String anchor, List<EncodedEvent> events) {
        StringBuilder text = new StringBuilder(start + ".." + end + " " + anchor + ":");
        events.stream()
                .sorted(Comparator.comparingInt(EncodedEvent::modality)
                        .thenComparingLong(EncodedEvent::time)
                        .thenComparing(EncodedEvent::eventId))
                .forEach(event -> text.append(' ')
                        .append(event.modality())
                        .append('/')
                        .append(event.eventId())
                        .append('@')
                        .append(event.time())
                        .append('#')
                        .append(event.partition())
                        .append('.')
                        .append(event.offset()));
        return text.toString();
    }
}
