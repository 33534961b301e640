// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.config.ModelBundle;
import io.sensorium.job.config.Rollout.Mode;
import io.sensorium.job.rollout.RolloutController.Member;
import io.sensorium.job.rollout.RolloutEvent.Activate;
import io.sensorium.job.rollout.RolloutEvent.Discard;
import io.sensorium.job.rollout.RolloutEvent.Prepare;
import io.sensorium.job.rollout.RolloutEvent.Prepared;
import io.sensorium.job.rollout.RolloutEvent.Status;
import io.sensorium.job.rollout.RolloutStatus.State;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rollouts from beginning to end, and through failures at any moment. */
class RolloutBoardTest {

    private static final long REACH = 100;
    private static final ModelBundle FILE = bundle("file", "e1");
    private static final ModelBundle HEADS = bundle("heads", "e1");
    private static final ModelBundle ENCODERS = bundle("encoders", "e2");

    private static ModelBundle bundle(String id, String encoder) {
        return new ModelBundle(
                id, id.equals("file"), List.of(), Map.of("text", encoder), Map.of("text", encoder), Map.of("s", id));
    }

    /** A subtask that does what {@link ModelSwapper} does, without Flink. */
    private static final class Subtask {
        RolloutPlan plan = RolloutPlan.of(FILE);
        final Set<String> loaded = new HashSet<>(Set.of("file"));
        Activate pending;
    }

    private final Map<Member, Subtask> subtasks = new LinkedHashMap<>();
    private final List<RolloutStatus> reports = new ArrayList<>();
    private final Set<String> broken = new HashSet<>();
    /**
     * A message on its way.
     *
     * @param event null from a subtask to the coordinator
     */
    private record Letter(RolloutEvent event, Runnable delivery) {}

    private final List<Letter> mail = new ArrayList<>();
    private RolloutController board;
    private long watermark;
    private long lastWithout;
    private long latest;

    private void start() {
        board = new RolloutController(FILE, "fuse", REACH, new RolloutController.Effects() {
            @Override
            public void send(Member member, RolloutEvent event) {
                Subtask subtask = subtasks.get(member);
                mail.add(new Letter(event, () -> deliver(member, subtask, event)));
            }

            @Override
            public void report(RolloutStatus status) {
                reports.add(status);
            }
        });
        for (String operator : List.of("encode text", "fuse")) {
            board.expect(operator, 2);
            for (int i = 0; i < 2; i++) {
                subtasks.put(new Member(operator, i), new Subtask());
            }
        }
        subtasks.keySet().forEach(this::hello);
    }

    private void deliver(Member member, Subtask subtask, RolloutEvent event) {
        if (subtasks.get(member) != subtask) {
            return;
        }
        if (event instanceof Prepare prepare) {
            boolean fails =
                    broken.contains(prepare.bundle().id()) && member.operator().equals("fuse");
            if (!fails) {
                subtask.loaded.add(prepare.bundle().id());
            }
            board.on(
                    member,
                    new Prepared(
                            prepare.bundle().id(), prepare.attempt(), fails ? List.of("it is broken") : List.of()));
        } else if (event instanceof Discard discard) {
            ModelBundle candidate = subtask.plan.candidate();
            boolean pending =
                    subtask.pending != null && subtask.pending.plan().toString().contains(discard.bundle());
            if (!pending
                    && !discard.bundle().equals(subtask.plan.base().id())
                    && (candidate == null || !discard.bundle().equals(candidate.id()))) {
                subtask.loaded.remove(discard.bundle());
            }
        } else {
            subtask.pending = (Activate) event;
        }
    }

    private void hello(Member member) {
        mail.add(new Letter(null, () -> board.on(member, new Status(subtasks.get(member).plan, position(member)))));
    }

    private long position(Member member) {
        if (member.operator().equals("fuse")) {
            return watermark;
        }
        RolloutPlan plan = subtasks.get(member).plan;
        return plan.candidate() == null || plan.encodesTwice() ? lastWithout : Long.MIN_VALUE;
    }

    private void mail() {
        while (!mail.isEmpty()) {
            mail.remove(0).delivery().run();
        }
    }

    /** A whole checkpoint: announced, delivered, its barrier through every subtask. */
    private void checkpoint(long id) {
        board.checkpoint(id);
        mail();
        subtasks.forEach((member, subtask) -> {
            barrier(subtask, id);
            hello(member);
        });
        mail();
    }

    private void barrier(Subtask subtask, long id) {
        if (subtask.pending != null && subtask.pending.checkpoint() <= id) {
            RolloutPlan next = subtask.pending.plan();
            assertThat(subtask.loaded)
                    .as("everything that runs is loaded before")
                    .contains(next.base().id());
            if (next.candidate() != null) {
                assertThat(subtask.loaded).contains(next.candidate().id());
            }
            if (subtask.plan.candidate() == null && next.encodesTwice()) {
                lastWithout = latest;
            }
            if (subtask.plan.encodesTwice()
                    && next.candidate() == null
                    && next.base().equals(subtask.plan.candidate())) {
                assertThat(subtask.plan.mode())
                        .as("it took over before the old one goes")
                        .isEqualTo(Mode.LIVE);
                assertThat(watermark)
                        .as("no window can lack its embeddings")
                        .isGreaterThanOrEqualTo(lastWithout + REACH);
            }
            subtask.plan = next;
            subtask.pending = null;
            Set<String> used = new HashSet<>(Set.of(next.base().id()));
            if (next.candidate() != null) {
                used.add(next.candidate().id());
            }
            subtask.loaded.retainAll(used);
        }
    }

    private State state() {
        return board.status().state();
    }

    @Test
    void headsTakeOverWithOneCheckpoint() {
        start();
        mail();
        assertThat(state()).isEqualTo(State.STEADY);
        board.want(HEADS, Mode.LIVE, 1);
        assertThat(state()).isEqualTo(State.LOADING);
        board.checkpoint(1);
        assertThat(mail).as("not before all have loaded it").noneMatch(letter -> letter.event() instanceof Activate);
        mail();
        checkpoint(2);
        assertThat(subtasks.values()).allMatch(subtask -> subtask.plan.equals(RolloutPlan.of(HEADS)));
        assertThat(board.status()).isEqualTo(new RolloutStatus(State.STEADY, HEADS, null, 2, List.of()));
        board.wantFile();
        mail();
        checkpoint(3);
        assertThat(subtasks.values()).allMatch(subtask -> subtask.plan.equals(RolloutPlan.of(FILE)));
    }

    @Test
    void encodersTakeOverOnceNoWindowLacksTheirEmbeddings() {
        start();
        latest = 1_000;
        mail();
        board.want(ENCODERS, Mode.LIVE, 1);
        mail();
        checkpoint(1);
        RolloutPlan both = new RolloutPlan(FILE, ENCODERS, Mode.LIVE, 1);
        assertThat(subtasks.values()).allMatch(subtask -> subtask.plan.equals(both));
        assertThat(state()).isEqualTo(State.DRAINING);
        watermark = 1_099;
        checkpoint(2);
        checkpoint(3);
        assertThat(subtasks.values()).allMatch(subtask -> subtask.plan.equals(both));
        watermark = 1_100;
        checkpoint(4);
        checkpoint(5);
        assertThat(subtasks.values()).allMatch(subtask -> subtask.plan.equals(RolloutPlan.of(ENCODERS)));
    }

    @Test
    void aBrokenModelNeverRuns() {
        start();
        broken.add("heads");
        mail();
        board.want(HEADS, Mode.LIVE, 1);
        mail();
        for (int id = 1; id < 5; id++) {
            checkpoint(id);
        }
        assertThat(board.status()).isEqualTo(new RolloutStatus(State.REFUSED, FILE, null, -1, List.of("it is broken")));
        assertThat(subtasks.values())
                .allMatch(
                        subtask -> subtask.plan.equals(RolloutPlan.of(FILE)) && subtask.loaded.equals(Set.of("file")));
    }

    @Test
    void aLateProblemOfAnEarlierAnnouncementDoesNotRefuseTheRepairedModels() {
        start();
        mail();
        List<Member> fusers = subtasks.keySet().stream()
                .filter(member -> member.operator().equals("fuse"))
                .toList();
        board.want(HEADS, Mode.LIVE, 1);
        List<Letter> first = List.copyOf(mail);
        mail.clear();
        long attempt = first.stream()
                .filter(letter -> letter.event() instanceof Prepare)
                .mapToLong(letter -> ((Prepare) letter.event()).attempt())
                .findFirst()
                .orElseThrow();
        board.on(fusers.get(0), new Prepared("heads", attempt, List.of("it is broken")));
        assertThat(state()).isEqualTo(State.REFUSED);
        mail();

        board.want(HEADS, Mode.LIVE, 1);
        board.on(fusers.get(1), new Prepared("heads", attempt, List.of("it is broken")));
        mail();
        checkpoint(1);

        assertThat(state()).isEqualTo(State.STEADY);
        assertThat(subtasks.values()).allMatch(subtask -> subtask.plan.equals(RolloutPlan.of(HEADS)));
    }

    @Test
    void aShadowBecomesACanaryAndThenRuns() {
        start();
        mail();
        board.want(ENCODERS, Mode.SHADOW, 0.5);
        mail();
        checkpoint(1);
        assertThat(state()).isEqualTo(State.SHADOW);
        board.want(ENCODERS, Mode.CANARY, 0.1);
        checkpoint(2);
        assertThat(board.status().candidate()).isEqualTo(ENCODERS);
        assertThat(state()).isEqualTo(State.CANARY);
        board.want(ENCODERS, Mode.LIVE, 1);
        checkpoint(3);
        assertThat(state()).isEqualTo(State.DRAINING);
        watermark = 5_000;
        checkpoint(4);
        checkpoint(5);
        assertThat(board.status().running()).isEqualTo(ENCODERS);
        assertThat(reports)
                .extracting(RolloutStatus::state)
                .contains(State.LOADING, State.SHADOW, State.CANARY, State.DRAINING, State.STEADY);
    }

    @Test
    void aWrongFileLeavesACanaryAsItIs() {
        start();
        mail();
        board.want(HEADS, Mode.CANARY, 0.2);
        mail();
        checkpoint(1);
        board.refuse(List.of("line 3: no"));
        checkpoint(2);
        assertThat(state()).isEqualTo(State.REFUSED);
        assertThat(subtasks.values())
                .allMatch(subtask -> subtask.plan.equals(new RolloutPlan(FILE, HEADS, Mode.CANARY, 0.2)));
    }

    /**
     * Wishes change, mail is late, checkpoints fail halfway, everything restarts from the last whole one; in the end
     * what is wanted runs.
     */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void whateverHappensWhatIsWantedRunsInTheEnd(long seed) {
        for (long round = 0; round < 200; round++) {
            simulate(new Random(seed * 1_000 + round));
        }
    }

    private void simulate(Random random) {
        subtasks.clear();
        mail.clear();
        watermark = 0;
        latest = 0;
        lastWithout = 0;
        start();
        Map<Member, RolloutPlan> saved = new HashMap<>();
        subtasks.keySet().forEach(member -> saved.put(member, RolloutPlan.of(FILE)));
        List<ModelBundle> bundles = List.of(FILE, HEADS, ENCODERS, bundle("other", "e2"), bundle("third", "e3"));
        ModelBundle wanted = FILE;
        long checkpoint = 0;
        for (int step = 0; step < 120; step++) {
            latest += random.nextInt(30);
            watermark = Math.max(watermark, latest - random.nextInt(50));
            switch (random.nextInt(6)) {
                case 0 -> {
                    wanted = bundles.get(random.nextInt(bundles.size()));
                    Mode mode = wanted == FILE ? Mode.LIVE : Mode.values()[random.nextInt(3)];
                    board.want(wanted, mode, mode == Mode.LIVE ? 1 : 0.5);
                }
                case 1 -> {
                    // A checkpoint that reaches some and is then given up.
                    board.checkpoint(++checkpoint);
                    mail();
                    for (Member member : subtasks.keySet()) {
                        if (random.nextBoolean()) {
                            barrier(subtasks.get(member), checkpoint);
                            hello(member);
                        }
                    }
                }
                case 2 -> {
                    checkpoint(++checkpoint);
                    subtasks.forEach((member, subtask) -> saved.put(member, subtask.plan));
                    assertThat(new HashSet<>(saved.values()))
                            .as("a whole checkpoint has one plan")
                            .hasSize(1);
                }
                case 3 -> {
                    if (random.nextInt(4) == 0) {
                        for (Member member : List.copyOf(subtasks.keySet())) {
                            Subtask fresh = new Subtask();
                            fresh.plan = saved.get(member);
                            fresh.loaded.clear();
                            fresh.loaded.add(fresh.plan.base().id());
                            if (fresh.plan.candidate() != null) {
                                fresh.loaded.add(fresh.plan.candidate().id());
                            }
                            subtasks.put(member, fresh);
                            board.left(member);
                            hello(member);
                        }
                        lastWithout = latest;
                    }
                }
                default -> mail();
            }
        }
        board.want(wanted, Mode.LIVE, 1);
        for (int i = 0; i < 6; i++) {
            latest += 1_000;
            watermark = latest + 2 * REACH;
            mail();
            checkpoint(++checkpoint);
        }
        ModelBundle end = wanted;
        assertThat(subtasks.values()).allMatch(subtask -> subtask.plan.equals(RolloutPlan.of(end)));
        assertThat(state()).isEqualTo(State.STEADY);
    }
}
