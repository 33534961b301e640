// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.align;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.alignment.AlignSettings;
import io.sensorium.job.alignment.AlignedWindow;
import io.sensorium.job.alignment.AlignedWindow.Status;
import io.sensorium.job.alignment.Aligner;
import io.sensorium.job.alignment.EncodedEvent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Everything an aligner writes, read as a consumer of the topics would: by id and topic, the last record counts. Checks
 * on the way what holds for every stream: revisions count up from 0 under each id, and no more than one record is
 * provisional.
 */
final class WrittenRecords implements Aligner.AlignmentOutput {

    /** A record: whether it is a result, else an incomplete window, and of which operator. */
    record Id(String operator, long start, String anchor) {}

    private record Last(Status status, boolean forced, String window) {}

    final List<EncodedEvent> late = new ArrayList<>();
    final Map<Aligner.Count, Long> counts = new HashMap<>();
    final List<AlignedWindow> all = new ArrayList<>();
    int closed;

    private final AlignSettings settings;
    private final String story;
    private final Map<Id, Integer> revisions = new HashMap<>();
    private final Map<Id, Integer> provisional = new HashMap<>();
    private final Map<Id, Last> results = new HashMap<>();
    private final Map<Id, Last> incomplete = new HashMap<>();

    WrittenRecords(AlignSettings settings, String story) {
        this.settings = settings;
        this.story = story;
    }

    @Override
    public void window(AlignedWindow window) {
        all.add(window);
        int present = present(window.events());
        if (!window.complete()) {
            record(new Id("", window.start(), window.anchorId()), window, window.revision(), incomplete);
            return;
        }
        for (int operator = 0; operator < settings.operators().size(); operator++) {
            if (window.concerns(operator) && settings.operators().get(operator).leavesRecord(present)) {
                record(
                        new Id("op" + operator, window.start(), window.anchorId()),
                        window,
                        window.revision(operator),
                        settings.operators().get(operator).accepts(present) ? results : incomplete);
            }
        }
    }

    private void record(Id id, AlignedWindow window, int revision, Map<Id, Last> topic) {
        if (settings.firing().repeats()) {
            assertThat(revision)
                    .as("%s: revision of %s", story, window)
                    .isEqualTo(revisions.merge(id, 1, Integer::sum) - 1);
        } else {
            assertThat(revisions.merge(id, 1, Integer::sum))
                    .as("%s: %s is written once", story, window)
                    .isOne();
        }
        if (window.status() == Status.PROVISIONAL) {
            assertThat(provisional.merge(id, 1, Integer::sum))
                    .as("%s: %s is provisional once", story, window)
                    .isOne();
        }
        Last last = topic.put(
                id,
                new Last(
                        window.status(),
                        window.forced(),
                        AlignmentOracle.describe(window.start(), window.end(), window.anchorId(), window.events())));
        if (window.status() == Status.RETRACTED) {
            assertThat(last)
                    .as("%s: what is taken back was written: %s", story, window)
                    .isNotNull();
            assertThat(topic.get(id).window)
                    .as("%s: a retraction repeats the record it takes back", story)
                    .isEqualTo(last.window);
            assertThat(last.status)
                    .as("%s: what is taken back was not taken back before", story)
                    .isNotEqualTo(Status.RETRACTED);
        }
    }

    /**
     * What lives at the end, by id: {@code result} or {@code incomplete} and the window; everything else must be
     * retracted.
     */
    Map<String, String> living() {
        Map<String, String> living = new TreeMap<>();
        collect("result", results, living);
        collect("incomplete", incomplete, living);
        return living;
    }

    private void collect(String kind, Map<Id, Last> topic, Map<String, String> living) {
        topic.forEach((id, last) -> {
            assertThat(last.status)
                    .as("%s: no %s %s stays provisional", story, kind, id)
                    .isNotEqualTo(Status.PROVISIONAL);
            if (last.status == Status.FINAL) {
                assertThat(living.put(id.toString(), kind + " " + last.window))
                        .as("%s: %s lives in one topic", story, id)
                        .isNull();
            }
        });
    }

    /** What the oracle's windows mean for a consumer. */
    Map<String, String> expected(List<AlignmentOracle.Expected> windows) {
        Map<String, String> expected = new TreeMap<>();
        for (AlignmentOracle.Expected window : windows) {
            int present = present(window.events());
            boolean complete = Integer.bitCount(present) >= settings.minModalities()
                    && settings.required().stream().allMatch(modality -> (present & 1 << modality) != 0);
            if (!complete) {
                expected.put(new Id("", window.start(), window.anchor()).toString(), "incomplete " + window);
                continue;
            }
            for (int operator = 0; operator < settings.operators().size(); operator++) {
                if (settings.operators().get(operator).leavesRecord(present)) {
                    expected.put(
                            new Id("op" + operator, window.start(), window.anchor()).toString(),
                            (settings.operators().get(operator).accepts(present) ? "result " : "incomplete ") + window);
                }
            }
        }
        return expected;
    }

    private static int present(List<EncodedEvent> events) {
        int present = 0;
        for (EncodedEvent event : events) {
            present |= 1 << event.modality();
        }
        return present;
    }

    @Override
    public void closed(List<Integer> missing) {
        closed++;
    }

    @Override
    public void late(EncodedEvent event, long watermark) {
        late.add(event);
    }

    @Override
    public void count(Aligner.Count count, long events) {
        counts.merge(count, events, Long::sum);
    }
}
