package io.sensorium.job.align;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Seeded streams, disordered within bounds, with copies, ties, bursts and events on the very edges, against the oracle. A
 * failing seed is named in the message and replays alone with {@code -Dsensorium.seed=N}; {@code -Dsensorium.seeds=N} makes
 * the run longer.
 */
class AlignerSimulationTest {

    private static final int SEEDS = Integer.getInteger("sensorium.seeds", 1500);

    /** Centres of time: now, the epoch, before it, and as far out as does not overflow. */
    private static final long[] CENTRES = {1_700_000_000_000L, 0, -5_000_000_000L, Long.MAX_VALUE / 2, Long.MIN_VALUE / 2};

    @ParameterizedTest
    @ValueSource(strings = {"tumbling", "session", "nearest"})
    void writesWhatTheOracleExpectsWhateverTheOrder(String strategy) {
        Long only = Long.getLong("sensorium.seed");
        for (long seed = only == null ? 0 : only; seed < (only == null ? SEEDS : only + 1); seed++) {
            simulate(strategy, seed);
        }
    }

    @Test
    void theOracleItselfIsCheckedByHand() {
        List<AlignedEvent> events = List.of(event(0, "a", 0, 0), event(1, "b", 9, 0), event(1, "c", 10, 1), event(0, "d", 25, 1));
        assertThat(AlignmentOracle.windows(events, new AlignStrategy.Tumbling(10))).containsExactly(
                "0..10 : 0/a@0#0.0 1/b@9#0.0", "10..20 : 1/c@10#0.1", "20..30 : 0/d@25#0.1");
        assertThat(AlignmentOracle.windows(events, new AlignStrategy.Session(10, 100))).containsExactly(
                "0..20 : 0/a@0#0.0 1/b@9#0.0 1/c@10#0.1", "25..35 : 0/d@25#0.1");
        assertThat(AlignmentOracle.windows(events, new AlignStrategy.Nearest("x", 0, 5, 9))).containsExactly(
                "-5..9 a: 0/a@0#0.0 1/b@9#0.0", "20..34 d: 0/d@25#0.1");
    }

    private static AlignedEvent event(int modality, String id, long time, long offset) {
        return new AlignedEvent(modality, id, time, 0, offset, 0, 0, new float[] {1}, Map.of(), Map.of());
    }

    private static void simulate(String name, long seed) {
        Random random = new Random(seed);
        int modalities = random.nextBoolean() ? 2 : 5;
        long unit = 1 + random.nextInt(20);
        AlignStrategy strategy = switch (name) {
            case "tumbling" -> new AlignStrategy.Tumbling(unit * (1 + random.nextInt(5)));
            case "session" -> new AlignStrategy.Session(unit, unit * (2 + random.nextInt(10)));
            default -> new AlignStrategy.Nearest("m", random.nextInt(modalities), random.nextInt(4) * unit, random.nextInt(4) * unit);
        };
        long outOfOrderness = random.nextInt(3) * unit;
        long centre = CENTRES[random.nextInt(CENTRES.length)];
        List<AlignedEvent> events = new ArrayList<>();
        int[] offsets = new int[modalities * 2];
        int count = 1 + random.nextInt(40);
        for (int i = 0; i < count; i++) {
            int modality = random.nextInt(modalities);
            boolean copy = !events.isEmpty() && random.nextInt(6) == 0;
            AlignedEvent original = copy ? events.get(random.nextInt(events.size())) : null;
            // Multiples of the unit sit exactly on edges and tie with each other.
            long time = centre + (random.nextBoolean() ? unit * random.nextInt(30) : random.nextInt((int) (30 * unit)));
            int partition = random.nextInt(2);
            if (copy) {
                modality = original.modality();
                time = random.nextInt(4) == 0 ? time : original.time();
            }
            events.add(new AlignedEvent(modality, copy ? original.eventId() : "e" + i, time, partition, offsets[modality * 2 + partition]++, 0, 0,
                    new float[] {1}, Map.of(), Map.of()));
        }
        List<String> expected = AlignmentOracle.windows(events, strategy);
        Set<List<String>> seen = new java.util.HashSet<>();
        for (int order = 0; order < 2; order++) {
            seen.add(run(events, strategy, modalities, outOfOrderness, random, seed, name));
        }
        assertThat(seen).as("%s, seed %d: -Dsensorium.seed=%d", name, seed, seed).containsExactly(expected);
    }

    /** Delivers the events in a random order that keeps each partition within its bound. */
    private static List<String> run(List<AlignedEvent> events, AlignStrategy strategy, int modalities, long outOfOrderness, Random random, long seed, String name) {
        List<List<AlignedEvent>> partitions = new ArrayList<>();
        for (int p = 0; p < modalities * 2; p++) {
            int partition = p;
            record Arrival(AlignedEvent event, long key) {}
            partitions.add(new ArrayList<>(events.stream().filter(event -> event.modality() * 2 + event.partition() == partition)
                    .map(event -> new Arrival(event, event.time() + (outOfOrderness == 0 ? 0 : random.nextInt((int) outOfOrderness + 1))))
                    .sorted(Comparator.comparingLong(Arrival::key)).map(Arrival::event).toList()));
        }
        long[] highest = new long[partitions.size()];
        java.util.Arrays.fill(highest, Long.MIN_VALUE);
        Aligner aligner = new Aligner(new AlignSettings(strategy, modalities, Set.of(), 1, 1000, 1 << 20));
        SubjectEvents subject = new SubjectEvents();
        List<String> windows = new ArrayList<>();
        Aligner.Effects effects = new Aligner.Effects() {
            @Override
            public void window(AlignedWindow window) {
                windows.add(AlignmentOracle.describe(window.start(), window.end(), window.anchorId(), window.events()));
            }

            @Override
            public void late(AlignedEvent event, long watermark) {
                throw new AssertionError(name + ", seed " + seed + ": " + event + " is within bounds but late at " + watermark);
            }

            @Override
            public void count(Aligner.Count count, long number) {}
        };
        long watermark = Long.MIN_VALUE;
        while (partitions.stream().anyMatch(partition -> !partition.isEmpty())) {
            int p = random.nextInt(partitions.size());
            if (partitions.get(p).isEmpty()) {
                continue;
            }
            AlignedEvent event = partitions.get(p).remove(0);
            aligner.onEvent(subject, event, watermark, effects);
            highest[p] = Math.max(highest[p], event.time() - outOfOrderness);
            long now = Long.MAX_VALUE;
            for (int q = 0; q < highest.length; q++) {
                now = Math.min(now, partitions.get(q).isEmpty() ? Long.MAX_VALUE : highest[q]);
            }
            if (now > watermark) {
                watermark = now;
                // A timer fires only when its deadline has come, as in the operator.
                if (aligner.nextDeadline(subject) <= watermark) {
                    aligner.onWatermark("s", subject, watermark, effects);
                }
            }
        }
        aligner.onWatermark("s", subject, Long.MAX_VALUE, effects);
        assertThat(subject.isEmpty()).as("%s, seed %d: nothing is left", name, seed).isTrue();
        windows.sort(Comparator.naturalOrder());
        return windows;
    }
}
