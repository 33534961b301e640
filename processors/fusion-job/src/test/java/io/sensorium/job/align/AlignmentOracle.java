package io.sensorium.job.align;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The expected windows of a subject, computed from the whole set of events at once by the words of the contract: slow, with no
 * state, no watermark and nothing in common with the aligner.
 */
final class AlignmentOracle {

    private AlignmentOracle() {}

    /** Each window as text: start, end, anchor, and its events by modality, time and id. */
    static List<String> windows(List<AlignedEvent> events, AlignStrategy strategy) {
        List<String> windows = new ArrayList<>();
        if (strategy instanceof AlignStrategy.Tumbling tumbling) {
            Map<Long, List<AlignedEvent>> byStart = new TreeMap<>();
            for (AlignedEvent event : events) {
                long start = event.time() - Math.floorMod(event.time(), tumbling.size());
                byStart.computeIfAbsent(start, s -> new ArrayList<>()).add(event);
            }
            byStart.forEach((start, members) -> windows.add(describe(start, start + tumbling.size(), "", unique(members))));
        } else if (strategy instanceof AlignStrategy.Session session) {
            TreeSet<Long> times = new TreeSet<>();
            events.forEach(event -> times.add(event.time()));
            while (!times.isEmpty()) {
                long first = times.pollFirst();
                long last = first;
                while (!times.isEmpty() && times.first() - last < session.gap() && times.first() - first < session.maxLength()) {
                    last = times.pollFirst();
                }
                long from = first;
                long to = last;
                windows.add(describe(first, Math.min(last + session.gap(), first + session.maxLength()), "",
                        unique(events.stream().filter(event -> event.time() >= from && event.time() <= to).toList())));
            }
        } else if (strategy instanceof AlignStrategy.Nearest nearest) {
            for (AlignedEvent anchor : events) {
                if (anchor.modality() != nearest.anchor()) {
                    continue;
                }
                long start = anchor.time() - nearest.before();
                long end = anchor.time() + nearest.after();
                List<AlignedEvent> inside = unique(events.stream().filter(event -> event.time() >= start && event.time() <= end).toList());
                if (!inside.contains(anchor)) {
                    continue;
                }
                List<AlignedEvent> chosen = new ArrayList<>(List.of(anchor));
                for (int modality = 0; modality < 8; modality++) {
                    int m = modality;
                    if (m != nearest.anchor()) {
                        inside.stream().filter(event -> event.modality() == m).min(Comparator
                                .<AlignedEvent>comparingLong(event -> Math.abs(event.time() - anchor.time()))
                                .thenComparingLong(AlignedEvent::time).thenComparing(AlignedEvent::eventId)).ifPresent(chosen::add);
                    }
                }
                windows.add(describe(start, end, anchor.eventId(), chosen));
            }
        }
        windows.sort(Comparator.naturalOrder());
        return windows;
    }

    /** Of the copies of one event the one with the smallest partition and offset. */
    private static List<AlignedEvent> unique(List<AlignedEvent> events) {
        Map<String, AlignedEvent> kept = new LinkedHashMap<>();
        events.stream().sorted(Comparator.comparingInt(AlignedEvent::partition).thenComparingLong(AlignedEvent::offset))
                .forEach(event -> kept.putIfAbsent(event.modality() + "/" + event.eventId(), event));
        return new ArrayList<>(kept.values());
    }

    static String describe(long start, long end, String anchor, List<AlignedEvent> events) {
        StringBuilder text = new StringBuilder(start + ".." + end + " " + anchor + ":");
        events.stream().sorted(Comparator.comparingInt(AlignedEvent::modality).thenComparingLong(AlignedEvent::time).thenComparing(AlignedEvent::eventId))
                .forEach(event -> text.append(' ').append(event.modality()).append('/').append(event.eventId()).append('@').append(event.time())
                        .append('#').append(event.partition()).append('.').append(event.offset()));
        return text.toString();
    }
}
