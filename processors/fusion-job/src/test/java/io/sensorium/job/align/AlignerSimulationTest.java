// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.align;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.align.AlignmentOracle.Arrival;
import io.sensorium.job.alignment.AlignSettings;
import io.sensorium.job.alignment.AlignSettings.Caps;
import io.sensorium.job.alignment.AlignSettings.Firing;
import io.sensorium.job.alignment.AlignSettings.OperatorNeed;
import io.sensorium.job.alignment.AlignStrategy;
import io.sensorium.job.alignment.Aligner;
import io.sensorium.job.alignment.EmbeddingVector;
import io.sensorium.job.alignment.EmbeddingVector.Precision;
import io.sensorium.job.alignment.EncodedEvent;
import io.sensorium.job.alignment.SubjectState;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Seeded streams against the oracle: disordered, with copies, ties, bursts, silences, late events and events on the
 * very edges; under every way of firing, with caps, and with the state written, read back and its deadlines begun anew
 * in between. A failing seed is named in the message and replays alone with {@code -Dsensorium.seed=N};
 * {@code -Dsensorium.seeds=N} makes the run longer.
 */
@Tag("slow")
class AlignerSimulationTest {

    private static final int SEEDS = Integer.getInteger("sensorium.seeds", 4000);

    /** Centres of time: now, the epoch, before it, and as far out as does not overflow. */
    private static final long[] CENTRES = {
        1_700_000_000_000L, 0, -5_000_000_000L, Long.MAX_VALUE / 2, Long.MIN_VALUE / 2
    };

    private interface Story {
        void tell(String strategy, long seed) throws IOException;
    }

    @ParameterizedTest
    @ValueSource(strings = {"tumbling", "sliding", "session", "nearest"})
    void theLastRecordsAreTheOraclesWhateverTheOrderAndHoweverItFires(String strategy) throws IOException {
        forEachSeed(strategy, AlignerSimulationTest::withinBounds);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tumbling", "sliding", "session", "nearest"})
    void underAnyWatermarkLateEventsAreTheOraclesAndTheOthersCount(String strategy) throws IOException {
        forEachSeed(strategy, AlignerSimulationTest::underAnyWatermark);
    }

    private static void forEachSeed(String strategy, Story story) throws IOException {
        Long only = Long.getLong("sensorium.seed");
        for (long seed = only == null ? 0 : only; seed < (only == null ? SEEDS : only + 1); seed++) {
            story.tell(strategy, seed);
        }
    }

    @Test
    void theOracleItselfIsCheckedByHand() {
        List<EncodedEvent> events = List.of(
                event(0, "a", 0, 0, 0), event(1, "b", 9, 0, 0), event(1, "c", 10, 0, 1), event(0, "d", 25, 0, 1));
        assertThat(AlignmentOracle.windows(events, new AlignStrategy.Tumbling(10)))
                .containsExactly("0..10 : 0/a@0#0.0 1/b@9#0.0", "10..20 : 1/c@10#0.1", "20..30 : 0/d@25#0.1");
        assertThat(AlignmentOracle.windows(events, new AlignStrategy.Sliding(10, 5)))
                .containsExactly(
                        "-5..5 : 0/a@0#0.0",
                        "0..10 : 0/a@0#0.0 1/b@9#0.0",
                        "5..15 : 1/b@9#0.0 1/c@10#0.1",
                        "10..20 : 1/c@10#0.1",
                        "20..30 : 0/d@25#0.1",
                        "25..35 : 0/d@25#0.1");
        assertThat(AlignmentOracle.windows(events, new AlignStrategy.Session(10, 100)))
                .containsExactly("0..20 : 0/a@0#0.0 1/b@9#0.0 1/c@10#0.1", "25..35 : 0/d@25#0.1");
        assertThat(AlignmentOracle.windows(events, new AlignStrategy.Nearest("x", 0, 5, 9)))
                .containsExactly("-5..9 a: 0/a@0#0.0 1/b@9#0.0", "20..34 d: 0/d@25#0.1");
        AlignmentOracle late = new AlignmentOracle(
                List.of(new Arrival(events.get(0), 0), new Arrival(events.get(1), 12), new Arrival(events.get(2), 12)),
                new AlignStrategy.Tumbling(10),
                2,
                1000);
        assertThat(late.windows)
                .extracting(AlignmentOracle.Expected::toString)
                .containsExactly("0..10 : 0/a@0#0.0", "10..20 : 1/c@10#0.1");
        assertThat(late.late).containsExactly(events.get(1));
    }

    private static EncodedEvent event(int modality, String id, long time, int partition, long offset) {
        return new EncodedEvent(
                modality,
                id,
                time,
                partition,
                offset,
                0,
                0,
                new EmbeddingVector(new byte[4], Precision.FLOAT32),
                Map.of(),
                Map.of());
    }

    /** What a seed stands for. */
    private record Setting(AlignSettings settings, long unit, long centre) {

        static Setting of(String name, Random random) {
            int modalities = random.nextBoolean() ? 2 : 5;
            long unit = 1 + random.nextInt(20);
            boolean capped = random.nextInt(4) == 0;
            AlignStrategy strategy = switch (name) {
                case "tumbling" -> new AlignStrategy.Tumbling(unit * (1 + random.nextInt(5)));
                case "sliding" -> {
                    long slide = unit * (1 + random.nextInt(3));
                    yield new AlignStrategy.Sliding(slide + unit * random.nextInt(6), slide);
                }
                // A cut of a chain amid events that a cap dropped is the one thing that may depend on the order; see
                // docs/adr/0006.
                case "session" ->
                    new AlignStrategy.Session(unit, capped ? 1000 * unit : unit * (2 + random.nextInt(10)));
                default ->
                    new AlignStrategy.Nearest(
                            "m", random.nextInt(modalities), random.nextInt(4) * unit, random.nextInt(4) * unit);
            };
            Firing firing = new Firing(
                    random.nextInt(3) == 0,
                    random.nextBoolean() ? 0 : random.nextInt((int) (4 * unit)),
                    random.nextInt(3) == 0 ? 1 + random.nextInt(30) : 0);
            Set<Integer> required = random.nextInt(3) == 0 ? Set.of(random.nextInt(modalities)) : Set.of();
            List<OperatorNeed> operators = List.of(
                    new OperatorNeed(List.of(1, 2)), new OperatorNeed(List.of(3)), new OperatorNeed(List.of(2), true));
            return new Setting(
                    new AlignSettings(
                            strategy,
                            modalities,
                            required,
                            1 + random.nextInt(modalities),
                            new Caps(capped ? 1 + random.nextInt(3) : 1000, 1 << 20),
                            firing,
                            operators,
                            Precision.FLOAT32),
                    unit,
                    CENTRES[random.nextInt(CENTRES.length)]);
        }

        boolean capped() {
            return settings.caps().maxEvents() < 1000;
        }

        List<EncodedEvent> events(Random random, boolean withCopies) {
            List<EncodedEvent> events = new ArrayList<>();
            int[] offsets = new int[settings.modalities() * 2];
            int count = 1 + random.nextInt(40);
            for (int i = 0; i < count; i++) {
                int modality = random.nextInt(settings.modalities());
                EncodedEvent original = withCopies && !events.isEmpty() && random.nextInt(6) == 0
                        ? events.get(random.nextInt(events.size()))
                        : null;
                // Multiples of the unit sit exactly on edges and tie with each other.
                long time =
                        centre + (random.nextBoolean() ? unit * random.nextInt(30) : random.nextInt((int) (30 * unit)));
                int partition = random.nextInt(2);
                if (original != null) {
                    modality = original.modality();
                    time = random.nextInt(4) == 0 && !capped() ? time : original.time();
                }
                events.add(event(
                        modality,
                        original != null ? original.eventId() : "e" + i,
                        time,
                        partition,
                        offsets[modality * 2 + partition]++));
            }
            return events;
        }
    }

    /** One run of an aligner over one subject. */
    private static final class Run {
        final AlignSettings settings;
        final Aligner aligner;
        final WrittenRecords records;
        final Random random;
        SubjectState subject = new SubjectState("s");
        long watermark = Long.MIN_VALUE;
        long now = 1_000_000;

        Run(AlignSettings settings, Random random, String story) {
            this.settings = settings;
            this.aligner = new Aligner(settings);
            this.records = new WrittenRecords(settings, story);
            this.random = random;
        }

        void arrive(EncodedEvent event) throws IOException {
            aligner.onEvent(
                    subject,
                    new EncodedEvent(
                            event.modality(),
                            event.eventId(),
                            event.time(),
                            event.partition(),
                            event.offset(),
                            now,
                            event.embeddings(),
                            Map.of(),
                            Map.of(),
                            null,
                            null),
                    watermark,
                    now,
                    records);
            if (random.nextInt(3) == 0) {
                now += random.nextInt(20);
                // The alarm rings only when it is set.
                if (aligner.nextWallClockDeadline(subject) <= now) {
                    aligner.onWallClock(subject, now, records);
                    assertThat(aligner.nextWallClockDeadline(subject)).isGreaterThan(now);
                }
            }
            if (random.nextInt(15) == 0) {
                restore();
            }
        }

        void advance(long to) {
            watermark = to;
            if (aligner.nextDeadline(subject) <= watermark) {
                aligner.onWatermark(subject, watermark, records);
            }
            if (!subject.isEmpty() && to != Long.MAX_VALUE) {
                assertThat(aligner.nextDeadline(subject)).isGreaterThan(watermark);
            }
        }

        void restore() throws IOException {
            now += random.nextInt(50);
            subject = SavedSubject.restored(subject, now, watermark);
        }

        void end(String story) {
            advance(Long.MAX_VALUE);
            assertThat(subject.isEmpty()).as("%s: nothing is left", story).isTrue();
            assertThat(subject.bytes()).as("%s: no bytes are left", story).isZero();
            assertThat(aligner.openWindows(subject))
                    .as("%s: no window is open", story)
                    .isZero();
        }
    }

    private static void withinBounds(String name, long seed) throws IOException {
        Random random = new Random(seed);
        Setting setting = Setting.of(name, random);
        long outOfOrderness = random.nextInt(3) * setting.unit();
        List<EncodedEvent> events = setting.events(random, true);
        String story = name + " within bounds, -Dsensorium.seed=" + seed + ", " + setting.settings();
        AlignmentOracle oracle = new AlignmentOracle(
                events.stream().map(event -> new Arrival(event, Long.MIN_VALUE)).toList(),
                setting.settings().strategy(),
                0,
                setting.settings().caps().maxEvents());
        for (int order = 0; order < 2; order++) {
            Run run = new Run(setting.settings(), random, story);
            deliver(events, run, outOfOrderness, random);
            run.end(story);
            assertThat(run.records.late).as("%s: nothing is late", story).isEmpty();
            Map<String, String> expected = run.records.expected(oracle.windows);
            assertSame(story, run.records.living(), expected);
        }
    }

    /** Compares, and names the differences alone. */
    private static void assertSame(String story, Map<String, String> written, Map<String, String> expected) {
        Map<String, String> differing = new TreeMap<>(written);
        differing.entrySet().removeIf(entry -> entry.getValue().equals(expected.get(entry.getKey())));
        Map<String, String> lacking = new TreeMap<>(expected);
        lacking.entrySet().removeIf(entry -> entry.getValue().equals(written.get(entry.getKey())));
        assertThat(differing).as(story).isEqualTo(lacking);
    }

    /** Delivers the events in a random order that keeps each partition within its bound. */
    private static void deliver(List<EncodedEvent> events, Run run, long outOfOrderness, Random random)
            throws IOException {
        record Keyed(EncodedEvent event, long key) {}
        List<List<EncodedEvent>> partitions = new ArrayList<>();
        for (int p = 0; p < run.settings.modalities() * 2; p++) {
            int partition = p;
            partitions.add(new ArrayList<>(events.stream()
                    .filter(event -> event.modality() * 2 + event.partition() == partition)
                    .map(event -> new Keyed(
                            event, event.time() + (outOfOrderness == 0 ? 0 : random.nextInt((int) outOfOrderness + 1))))
                    .sorted(Comparator.comparingLong(Keyed::key))
                    .map(Keyed::event)
                    .toList()));
        }
        long[] highest = new long[partitions.size()];
        java.util.Arrays.fill(highest, Long.MIN_VALUE);
        while (partitions.stream().anyMatch(partition -> !partition.isEmpty())) {
            int p = random.nextInt(partitions.size());
            if (partitions.get(p).isEmpty()) {
                continue;
            }
            EncodedEvent event = partitions.get(p).remove(0);
            run.arrive(event);
            highest[p] = Math.max(highest[p], event.time() - outOfOrderness);
            long least = Long.MAX_VALUE;
            for (int q = 0; q < highest.length; q++) {
                least = Math.min(least, partitions.get(q).isEmpty() ? Long.MAX_VALUE : highest[q]);
            }
            if (least > run.watermark) {
                run.advance(least);
            }
        }
    }

    /**
     * The watermark goes its own way: it runs ahead, as after a silence, and stands still. No copies: which is used
     * when depends on it.
     */
    private static void underAnyWatermark(String name, long seed) throws IOException {
        Random random = new Random(~seed);
        Setting setting = Setting.of(name, random);
        if (name.equals("session") && setting.capped()) {
            // A late event beyond the cap lengthens its session without changing its inputs, which fires nothing.
            return;
        }
        List<EncodedEvent> events = setting.events(random, false);
        Map<EncodedEvent, Long> delayed = new HashMap<>();
        events.forEach(event -> delayed.put(event, event.time() + random.nextInt((int) (12 * setting.unit()))));
        events.sort(Comparator.comparingLong(delayed::get));
        String story = name + " under any watermark, -Dsensorium.seed=" + seed + ", " + setting.settings();
        List<Arrival> arrivals = new ArrayList<>();
        long watermark = Long.MIN_VALUE;
        for (EncodedEvent event : events) {
            arrivals.add(new Arrival(event, watermark));
            watermark = Math.max(
                    watermark,
                    switch (random.nextInt(4)) {
                        case 0 -> event.time() + random.nextInt((int) (3 * setting.unit()));
                        case 1 -> event.time() - random.nextInt((int) (10 * setting.unit()));
                        default -> Long.MIN_VALUE;
                    });
        }
        AlignmentOracle oracle = new AlignmentOracle(
                arrivals,
                setting.settings().strategy(),
                setting.settings().firing().allowedLateness(),
                setting.settings().caps().maxEvents());
        if (name.equals("session")
                && oracle.windows.stream()
                        .anyMatch(window -> events.stream()
                                .anyMatch(event -> event.time() == window.start()
                                        && !window.events().contains(event)
                                        && !oracle.late.contains(event)))) {
            // A late event began a session, if only for a while, under the start and so the id of one that was dropped.
            return;
        }
        Run run = new Run(setting.settings(), random, story);
        for (Arrival arrival : arrivals) {
            if (arrival.watermark() > run.watermark) {
                run.advance(arrival.watermark());
            }
            run.arrive(arrival.event());
        }
        run.end(story);
        assertThat(run.records.late)
                .as("%s: late", story)
                .extracting(EncodedEvent::eventId)
                .containsExactlyElementsOf(
                        oracle.late.stream().map(EncodedEvent::eventId).toList());
        assertSame(story, run.records.living(), run.records.expected(oracle.windows));
        if (setting.settings().strategy() instanceof AlignStrategy.Nearest nearest
                && setting.settings().firing().maxWait() == 0
                && setting.settings().firing().allowedLateness() == 0) {
            Set<String> used = new HashSet<>();
            oracle.windows.forEach(window -> window.events().forEach(event -> used.add(event.eventId())));
            long unmatched = events.stream()
                    .filter(event -> event.modality() != nearest.anchor()
                            && !used.contains(event.eventId())
                            && !oracle.late.contains(event))
                    .count();
            assertThat(run.records.counts.getOrDefault(Aligner.Count.UNMATCHED, 0L))
                    .as("%s: unmatched", story)
                    .isEqualTo(unmatched);
        }
    }
}
