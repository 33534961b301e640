package io.sensorium.job.align;

import io.sensorium.job.align.Aligner.Count;
import io.sensorium.job.align.Aligner.Effects;
import io.sensorium.job.align.SubjectEvents.Held;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** {@link AlignStrategy.Tumbling}. */
final class TumblingWindowing extends Windowing {

    private final AlignStrategy.Tumbling tumbling;

    TumblingWindowing(AlignSettings settings, AlignStrategy.Tumbling tumbling) {
        super(settings);
        this.tumbling = tumbling;
    }

    @Override
    boolean isLate(SubjectEvents subject, AlignedEvent event, long watermark) {
        return endOf(event.time()) <= watermark;
    }

    @Override
    boolean shareWindow(AlignedEvent one, AlignedEvent other) {
        return windowOf(one.time()) == windowOf(other.time());
    }

    @Override
    long nextDeadline(SubjectEvents subject) {
        long next = Aligner.NEVER;
        for (Held held : subject.held) {
            next = Math.min(next, endOf(held.event.time()));
        }
        return next;
    }

    private long windowOf(long time) {
        return Math.floorDiv(time, tumbling.size());
    }

    private long endOf(long time) {
        long end = (windowOf(time) + 1) * tumbling.size();
        return end <= time ? Aligner.NEVER : end;
    }

    @Override
    void cap(SubjectEvents subject, AlignedEvent added, Effects effects) {
        long window = windowOf(added.time());
        int modality = added.modality();
        int events = 0;
        long bytes = 0;
        Held latest = null;
        for (Held held : subject.held) {
            if (held.event.modality() == modality && windowOf(held.event.time()) == window) {
                events++;
                bytes += bytes(held.event);
                latest = latest == null || AlignedEvent.BY_TIME.compare(held.event, latest.event) > 0 ? held : latest;
            }
        }
        if (events > settings.maxEvents() || bytes > settings.maxBytes() && events > 1) {
            subject.held.remove(latest);
            effects.count(Count.OVERFLOW, 1);
        }
    }

    @Override
    void close(String key, SubjectEvents subject, long watermark, Effects effects) {
        Map<Long, List<AlignedEvent>> due = new HashMap<>();
        for (Iterator<Held> all = subject.held.iterator(); all.hasNext(); ) {
            AlignedEvent event = all.next().event;
            if (endOf(event.time()) <= watermark) {
                due.computeIfAbsent(windowOf(event.time()), k -> new ArrayList<>()).add(event);
                all.remove();
            }
        }
        due.entrySet().stream().sorted(Map.Entry.comparingByKey()).forEach(window -> emit(key, window.getKey() * tumbling.size(),
                (window.getKey() + 1) * tumbling.size(), "", window.getValue(), effects));
    }
}
