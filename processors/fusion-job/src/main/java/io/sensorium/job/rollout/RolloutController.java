// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.rollout;

import io.sensorium.job.config.ModelBundle;
import io.sensorium.job.config.Rollout.Mode;
import io.sensorium.job.rollout.RolloutEvent.Activate;
import io.sensorium.job.rollout.RolloutEvent.Discard;
import io.sensorium.job.rollout.RolloutEvent.Prepare;
import io.sensorium.job.rollout.RolloutEvent.Prepared;
import io.sensorium.job.rollout.RolloutEvent.Status;
import io.sensorium.job.rollout.RolloutStatus.State;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Decides which models run. It keeps nothing over a restart: the subtasks report what runs, the file states what is
 * wanted, and with every checkpoint one step is taken from the one to the other, once every subtask has taken the last.
 * Not safe for several threads; no I/O.
 *
 * <p>Heads alone are exchanged at once. New encoders take over in two steps: every event is encoded twice and windows
 * whose events all have the new embeddings are fused by the new heads; once the watermark has left behind every window
 * that can hold an event without, the old ones go.
 */
final class RolloutController {

    /** A subtask. */
    record Member(String operator, int subtask) {}

    /** What the board has done to others. */
    interface Effects {
        void send(Member member, RolloutEvent event);

        void report(RolloutStatus status);
    }

    private static final class Seat {
        RolloutPlan plan;
        long position = Long.MIN_VALUE;
        String prepared = "";
    }

    private final Effects effects;
    private final ModelBundle file;
    private final String fusion;
    private final long reach;
    private final Map<Member, Seat> seats = new HashMap<>();
    private ModelBundle wanted;

    /** Counts what was asked for, so that a late answer to an earlier announcement of the same models is told apart. */
    private long attempt;

    private Mode mode = Mode.LIVE;
    private double share = 1;
    private List<String> problems = List.of();
    private long decidedAt = Long.MIN_VALUE;
    private RolloutPlan announced;
    private long since = -1;
    private RolloutStatus reported;

    /**
     * @param file the pipeline file's own models
     * @param fusion the operator whose positions are watermarks
     * @param reach ms after an event's time at which the last window that holds it has closed for good
     */
    RolloutController(ModelBundle file, String fusion, long reach, Effects effects) {
        this.file = file;
        this.fusion = fusion;
        this.reach = reach;
        this.effects = effects;
        this.wanted = file;
    }

    /** An operator and how many subtasks it has. */
    void expect(String operator, int parallelism) {
        for (int subtask = 0; subtask < parallelism; subtask++) {
            seats.put(new Member(operator, subtask), new Seat());
        }
    }

    /** A subtask starts or starts again. */
    void left(Member member) {
        seats.put(member, new Seat());
        announced = null;
        report();
    }

    /** The file is gone: back to the pipeline file's models. */
    void wantFile() {
        want(file, Mode.LIVE, 1);
    }

    /** The file asks for a bundle. */
    void want(ModelBundle bundle, Mode how, double of) {
        ModelBundle target = bundle.id().equals(file.id()) ? file : bundle;
        if (!target.id().equals(wanted.id()) || !problems.isEmpty()) {
            discard(wanted);
            problems = List.of();
            attempt++;
            seats.values().forEach(seat -> seat.prepared = "");
        }
        wanted = target;
        mode = how;
        share = of;
        seats.forEach(this::prepare);
        report();
    }

    /** The file is wrong, or its models do not fit the pipeline. What runs goes on. */
    void refuse(List<String> why) {
        discard(wanted);
        problems = List.copyOf(why);
        report();
    }

    private void discard(ModelBundle bundle) {
        seats.keySet().forEach(member -> effects.send(member, new Discard(bundle.id())));
    }

    private void prepare(Member member, Seat seat) {
        if (seat.plan != null
                && problems.isEmpty()
                && !seat.prepared.equals(wanted.id())
                && !wanted.id().equals(seat.plan.base().id())
                && (seat.plan.candidate() == null
                        || !wanted.id().equals(seat.plan.candidate().id()))) {
            effects.send(member, new Prepare(wanted, attempt));
        }
    }

    void on(Member member, Status status) {
        Seat seat = seats.get(member);
        boolean first = seat.plan == null;
        boolean moved = !status.plan().equals(seat.plan);
        seat.plan = status.plan();
        seat.position = status.position();
        if (moved) {
            // What was prepared is used now, or has been let go.
            seat.prepared = "";
        }
        if (first || moved) {
            prepare(member, seat);
            report();
        }
    }

    void on(Member member, Prepared prepared) {
        if (prepared.attempt() != attempt || !prepared.bundle().equals(wanted.id())) {
            return;
        }
        if (prepared.problems().isEmpty()) {
            seats.get(member).prepared = prepared.bundle();
            report();
        } else {
            refuse(prepared.problems());
        }
    }

    /**
     * Takes the next step, with a checkpoint that is about to begin. Asked again for the same checkpoint it does
     * nothing.
     *
     * @return the plan that the checkpoint begins, or null where nothing changes
     */
    RolloutPlan checkpoint(long id) {
        if (id == decidedAt) {
            return null;
        }
        decidedAt = id;
        RolloutPlan current = current();
        if (current == null || announced != null && !announced.equals(current)) {
            return null;
        }
        RolloutPlan next = next(current);
        if (next.equals(current)) {
            return null;
        }
        announced = next;
        since = id;
        seats.keySet().forEach(member -> effects.send(member, new Activate(next, id)));
        return next;
    }

    private RolloutPlan next(RolloutPlan current) {
        if (!problems.isEmpty()) {
            // A candidate whose file became wrong stays as it is: nobody asked for another.
            return current;
        }
        if (current.candidate() != null) {
            boolean same = current.candidate().id().equals(wanted.id());
            if (!same) {
                return RolloutPlan.of(current.base());
            }
            if (mode == Mode.LIVE && (!current.encodesTwice() || current.mode() == Mode.LIVE && drained())) {
                return RolloutPlan.of(current.candidate());
            }
            return new RolloutPlan(current.base(), current.candidate(), mode, share);
        }
        if (wanted.id().equals(current.base().id())
                || !seats.values().stream().allMatch(seat -> seat.prepared.equals(wanted.id()))) {
            return current;
        }
        return mode == Mode.LIVE && wanted.encodesAs(current.base())
                ? RolloutPlan.of(wanted)
                : new RolloutPlan(current.base(), wanted, mode, share);
    }

    /** Whether no window that is open, or may be written again, can hold an event without the candidate's embedding. */
    private boolean drained() {
        long last = Long.MIN_VALUE;
        long watermark = Long.MAX_VALUE;
        for (Map.Entry<Member, Seat> seat : seats.entrySet()) {
            if (seat.getKey().operator().equals(fusion)) {
                watermark = Math.min(watermark, seat.getValue().position);
            } else {
                last = Math.max(last, seat.getValue().position);
            }
        }
        return last == Long.MIN_VALUE || watermark >= (last > Long.MAX_VALUE - reach ? Long.MAX_VALUE : last + reach);
    }

    /** The plan by which all run; null where they are not there yet or not yet of one mind. */
    private RolloutPlan current() {
        RolloutPlan plan = null;
        for (Seat seat : seats.values()) {
            if (seat.plan == null || plan != null && !plan.equals(seat.plan)) {
                return null;
            }
            plan = seat.plan;
        }
        return plan;
    }

    /** How far it is. */
    RolloutStatus status() {
        RolloutPlan current = current();
        if (current == null) {
            RolloutPlan any = seats.values().stream()
                    .map(seat -> seat.plan)
                    .filter(Objects::nonNull)
                    .findFirst()
                    .orElse(RolloutPlan.of(file));
            return new RolloutStatus(State.STARTING, any.base(), any.candidate(), since, problems);
        }
        ModelBundle candidate = current.candidate() != null
                ? current.candidate()
                : problems.isEmpty() && !wanted.id().equals(current.base().id()) ? wanted : null;
        State state = !problems.isEmpty()
                ? State.REFUSED
                : candidate == null
                        ? State.STEADY
                        : current.candidate() == null
                                ? State.LOADING
                                : switch (current.mode()) {
                                    case SHADOW -> State.SHADOW;
                                    case CANARY -> State.CANARY;
                                    case LIVE -> State.DRAINING;
                                };
        return new RolloutStatus(state, current.base(), candidate, since, problems);
    }

    private void report() {
        RolloutStatus now = status();
        if (!now.equals(reported)) {
            reported = now;
            effects.report(now);
        }
    }
}
