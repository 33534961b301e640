// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.align;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.alignment.AlignSettings;
import io.sensorium.job.alignment.AlignSettings.Firing;
import io.sensorium.job.alignment.AlignStrategy;
import io.sensorium.job.alignment.AlignedWindow;
import io.sensorium.job.alignment.AlignedWindow.Status;
import io.sensorium.job.alignment.Aligner;
import io.sensorium.job.alignment.EmbeddingVector;
import io.sensorium.job.alignment.EmbeddingVector.Precision;
import io.sensorium.job.alignment.EncodedEvent;
import io.sensorium.job.alignment.SubjectState;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code max_wait}: seeded streams of events, wall-clock time, watermarks and restores. After every step what was
 * written is compared to the contract, read window by window: which windows, with which events, and whether a deadline
 * wrote them. A failing seed is named in the message; {@code -Dsensorium.seed=N} runs it alone.
 */
@Tag("slow")
class DeadlineSimulationTest {

    private static final int SEEDS = Integer.getInteger("sensorium.seeds", 4000);

    @ParameterizedTest
    @ValueSource(strings = {"tumbling", "sliding", "nearest"})
    void everyWindowIsWrittenAtItsDeadlineAndAgainOnlyWhenMoreOfItsEventsCame(String name) throws Exception {
        Long only = Long.getLong("sensorium.seed");
        int forced = 0;
        for (long seed = only == null ? 0 : only; seed < (only == null ? SEEDS : only + 1); seed++) {
            forced += new Story(name, seed).run();
        }
        assertThat(forced).as("windows that a deadline wrote").isGreaterThan(only == null ? SEEDS : -1);
    }

    /** A window by the contract. */
    private static final class Expected {
        final long start;
        final long end;
        final String anchor;

        /** On the wall clock; null while none runs. */
        Long deadline;

        boolean changed;
        List<EncodedEvent> events = new ArrayList<>();

        Expected(long start, long end, String anchor) {
            this.start = start;
            this.end = end;
            this.anchor = anchor;
        }

        String describe(boolean isForced) {
            return (isForced ? "forced " : "closed ") + AlignmentOracle.describe(start, end, anchor, events);
        }
    }

    private static final class Story {
        final Random random;
        final String story;
        final AlignStrategy strategy;
        final AlignSettings settings;
        final Aligner aligner;
        final WrittenRecords records;
        final List<Expected> windows = new ArrayList<>();
        final List<EncodedEvent> arrived = new ArrayList<>();
        final long maxWait;
        SubjectState subject = new SubjectState("s");
        long watermark;
        long now = 1_000_000;
        int seen;
        int forced;

        Story(String name, long seed) {
            random = new Random(seed);
            strategy = switch (name) {
                case "tumbling" -> new AlignStrategy.Tumbling(1 + random.nextInt(20));
                case "sliding" -> {
                    long slide = 1 + random.nextInt(8);
                    yield new AlignStrategy.Sliding(slide + random.nextInt(20), slide);
                }
                default -> new AlignStrategy.Nearest("a", 0, random.nextInt(15), random.nextInt(15));
            };
            maxWait = 1 + random.nextInt(40);
            settings = AlignHarness.settings(strategy, new Firing(false, 0, maxWait));
            story = name + ", -Dsensorium.seed=" + seed + ", " + settings;
            aligner = new Aligner(settings);
            records = new WrittenRecords(settings, story);
        }

        int run() throws Exception {
            int steps = random.nextInt(80);
            for (int i = 0; i < steps; i++) {
                TreeSet<String> expected = new TreeSet<>();
                switch (random.nextInt(10)) {
                    case 0, 1, 2, 3 -> arrive(i);
                    case 4, 5, 6 -> tick(expected);
                    case 7, 8 -> advance(watermark + random.nextInt(12), expected);
                    default -> restore();
                }
                check(i, expected);
            }
            TreeSet<String> rest = new TreeSet<>();
            advance(Long.MAX_VALUE, rest);
            check(steps, rest);
            assertThat(subject.isEmpty()).as("%s: nothing is left", story).isTrue();
            return forced;
        }

        private void check(int step, TreeSet<String> expected) {
            TreeSet<String> written = new TreeSet<>();
            for (AlignedWindow window : records.all.subList(seen, records.all.size())) {
                if (window.status() == Status.FINAL) {
                    written.add((window.forced() ? "forced " : "closed ")
                            + AlignmentOracle.describe(
                                    window.start(), window.end(), window.anchorId(), window.events()));
                    forced += window.forced() ? 1 : 0;
                }
            }
            seen = records.all.size();
            assertThat(written).as("step %d of %s", step, story).isEqualTo(expected);
        }

        private void arrive(int i) {
            EncodedEvent event = new EncodedEvent(
                    random.nextInt(2),
                    "e" + i,
                    Math.max(0, watermark - 10) + random.nextInt(60),
                    0,
                    i,
                    now,
                    0,
                    new EmbeddingVector(new byte[4], Precision.FLOAT32),
                    Map.of(),
                    Map.of());
            aligner.onEvent(subject, event, watermark, now, records);
            if (strategy instanceof AlignStrategy.Tumbling tumbling) {
                joins(event, tumbling.size(), tumbling.size());
            } else if (strategy instanceof AlignStrategy.Sliding sliding) {
                joins(event, sliding.size(), sliding.slide());
            } else {
                matches(event, (AlignStrategy.Nearest) strategy);
            }
        }

        private void joins(EncodedEvent event, long size, long slide) {
            for (long start = event.time() - Math.floorMod(event.time(), slide);
                    start > event.time() - size;
                    start -= slide) {
                if (watermark < start + size) {
                    long from = start;
                    Expected window = windows.stream()
                            .filter(open -> open.start == from)
                            .findFirst()
                            .orElseGet(() -> {
                                Expected opened = new Expected(from, from + size, "");
                                windows.add(opened);
                                return opened;
                            });
                    window.events.add(event);
                    changed(window);
                }
            }
        }

        private void matches(EncodedEvent event, AlignStrategy.Nearest nearest) {
            if (event.modality() == nearest.anchor()) {
                if (watermark > event.time() + nearest.after()) {
                    return;
                }
                windows.add(
                        new Expected(event.time() - nearest.before(), event.time() + nearest.after(), event.eventId()));
            } else if (watermark > event.time() + nearest.before() + nearest.after()) {
                return;
            }
            arrived.add(event);
            for (Expected window : windows) {
                EncodedEvent anchor = arrived.stream()
                        .filter(each -> each.eventId().equals(window.anchor))
                        .findFirst()
                        .orElseThrow();
                List<EncodedEvent> chosen = new ArrayList<>(List.of(anchor));
                arrived.stream()
                        .filter(each -> each.modality() != nearest.anchor()
                                && each.time() >= window.start
                                && each.time() <= window.end)
                        .min(Comparator.<EncodedEvent>comparingLong(each -> Math.abs(each.time() - anchor.time()))
                                .thenComparingLong(EncodedEvent::time)
                                .thenComparing(EncodedEvent::eventId))
                        .ifPresent(chosen::add);
                if (!chosen.equals(window.events)) {
                    window.events = chosen;
                    changed(window);
                }
            }
        }

        private void changed(Expected window) {
            window.changed = true;
            if (window.deadline == null) {
                window.deadline = now + maxWait;
            }
        }

        private void tick(TreeSet<String> expected) {
            now += random.nextInt(30);
            if (aligner.nextWallClockDeadline(subject) <= now) {
                aligner.onWallClock(subject, now, records);
            }
            for (Expected window : windows) {
                if (window.deadline != null && window.deadline <= now) {
                    expected.add(window.describe(true));
                    window.deadline = null;
                    window.changed = false;
                }
            }
        }

        private void advance(long to, TreeSet<String> expected) {
            watermark = to;
            if (aligner.nextDeadline(subject) <= watermark) {
                aligner.onWatermark(subject, watermark, records);
            }
            windows.removeIf(window -> {
                boolean closes =
                        strategy instanceof AlignStrategy.Nearest ? watermark > window.end : watermark >= window.end;
                if (closes && window.changed) {
                    expected.add(window.describe(false));
                }
                return closes;
            });
        }

        private void restore() throws Exception {
            now += random.nextInt(50);
            subject = SavedSubject.restored(subject, now, watermark);
            windows.stream()
                    .filter(window -> window.deadline != null)
                    .forEach(window -> window.deadline = now + maxWait);
        }
    }
}
