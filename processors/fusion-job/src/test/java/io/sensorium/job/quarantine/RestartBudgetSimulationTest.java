// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.quarantine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Jobs of several subtasks in one process, in which some records kill the process whenever they are processed, at once
 * or only rounds later, while checkpoints complete; tasks fail and the process is killed for other reasons at random
 * times. In the end every record has exactly one outcome in a completed checkpoint: POISON where it is one of those,
 * else its result.
 */
@Tag("slow")
class RestartBudgetSimulationTest {

    private static final class Death extends Exception {
        private static final long serialVersionUID = 1L;

        final boolean ofTheProcess;

        Death(boolean ofTheProcess) {
            this.ofTheProcess = ofTheProcess;
        }
    }

    private static final class Job {
        final Random random;
        final int records;
        final Set<String> culprits = new HashSet<>();
        final RestartBudget[] budgets;
        final double failures;
        int[] saved;

        /** Rounds from the start of a slow culprit to the death, unless it runs alone. */
        final int slowness;

        /** A record that is under way in a subtask, or null; and as in the last checkpoint. */
        final String[] underWay;

        String[] savedUnderWay;
        long checkpoint = RestartBudget.NO_CHECKPOINT;
        final Map<String, String> committed = new TreeMap<>();
        final Set<String> killedWhileUnderWay = new HashSet<>();
        int starts;
        int otherDeaths;

        Job(long seed) {
            random = new Random(seed);
            budgets = new RestartBudget[random.nextInt(1, 7)];
            Arrays.fill(budgets, RestartBudget.NONE);
            records = random.nextInt(1, 40);
            saved = new int[budgets.length];
            underWay = new String[budgets.length];
            savedUnderWay = new String[budgets.length];
            slowness = random.nextInt(0, 9);
            failures = random.nextInt(3) == 0 ? 0 : random.nextDouble() / 20;
            for (int i = random.nextInt(0, 4); i > 0; i--) {
                culprits.add(item(random.nextInt(budgets.length), random.nextInt(records)));
            }
        }

        static String item(int subtask, int record) {
            return "t-" + subtask + " offset " + record;
        }

        void run() {
            while (true) {
                starts++;
                try {
                    attempt();
                    return;
                } catch (Death death) {
                    otherDeaths += death.ofTheProcess ? 0 : 1;
                }
            }
        }

        private void attempt() throws Death {
            int[] at = saved.clone();
            boolean[] careful = new boolean[budgets.length];
            Map<String, String> written = new TreeMap<>();
            Set<String> met = new HashSet<>();
            for (int i = 0; i < budgets.length; i++) {
                budgets[i] = budgets[i].started(checkpoint);
                careful[i] = budgets[i].careful();
            }
            System.arraycopy(savedUnderWay, 0, underWay, 0, underWay.length);
            for (int i = 0; i < budgets.length; i++) {
                if (underWay[i] != null && (careful[i] || budgets[i].isPoison(underWay[i]))) {
                    process(i, underWay[i], careful[i], written, met);
                    underWay[i] = null;
                }
            }
            int completed = 0;
            int due = Integer.MAX_VALUE;
            // A checkpoint takes at least as long as every subtask needs for some records.
            int interval = random.nextInt(1, 6);
            for (int round = 1; ; round++) {
                boolean over = Arrays.stream(underWay).allMatch(Objects::isNull);
                if (!over && due == Integer.MAX_VALUE) {
                    due = round + slowness;
                }
                if (round >= due) {
                    throw new Death(true);
                }
                List<Integer> order = new ArrayList<>();
                for (int i = 0; i < budgets.length; i++) {
                    order.add(i);
                }
                java.util.Collections.shuffle(order, random);
                for (int subtask : order) {
                    if (at[subtask] < records) {
                        over = false;
                        String item = item(subtask, at[subtask]);
                        if (slowness > 0
                                && !careful[subtask]
                                && culprits.contains(item)
                                && !budgets[subtask].isPoison(item)) {
                            if (underWay[subtask] == null) {
                                underWay[subtask] = item;
                                at[subtask]++;
                            }
                            continue;
                        }
                        process(subtask, item(subtask, at[subtask]), careful[subtask], written, met);
                        at[subtask]++;
                    }
                }
                if (round % interval == 0 || over) {
                    checkpoint++;
                    saved = at.clone();
                    savedUnderWay = underWay.clone();
                    written.forEach((item, outcome) -> assertThat(committed.put(item, outcome))
                            .as(item + " twice")
                            .isNull());
                    written.clear();
                    for (int i = 0; i < budgets.length; i++) {
                        for (String item : met) {
                            budgets[i] = budgets[i].passed(item, checkpoint);
                        }
                    }
                    met.clear();
                    if (++completed >= Isolation.CHECKPOINTS_TO_RECOVER && round > slowness) {
                        for (int i = 0; i < budgets.length; i++) {
                            careful[i] = false;
                            budgets[i] = budgets[i].recovered();
                        }
                    }
                }
                if (over) {
                    return;
                }
                if (random.nextDouble() < failures) {
                    throw new Death(false);
                }
            }
        }

        private void process(int subtask, String item, boolean careful, Map<String, String> written, Set<String> met)
                throws Death {
            if (budgets[subtask].isPoison(item)) {
                written.put(item, "POISON");
                met.add(item);
                return;
            }
            if (!careful) {
                if (culprits.contains(item)) {
                    throw new Death(true);
                }
                written.put(item, "result");
                return;
            }
            budgets[subtask] = budgets[subtask].entered(item);
            if (culprits.contains(item)) {
                throw new Death(true);
            }
            double chance = random.nextDouble();
            if (chance < failures) {
                // The task fails while the process lives, so it takes its note back.
                budgets[subtask] = budgets[subtask].left(item, false);
                throw new Death(false);
            }
            if (chance < 2 * failures && killedWhileUnderWay.add(item)) {
                // The process is killed from outside, once under one item.
                throw new Death(false);
            }
            budgets[subtask] = budgets[subtask].left(item, true);
            written.put(item, "result");
        }
    }

    @Test
    void everyRecordHasOneOutcomeAndOnlyThoseThatKillTheProcessArePoison() {
        long base = System.nanoTime();
        System.out.println("seeds from " + base);
        int poisoned = 0;
        for (int i = 0; i < 20_000; i++) {
            Job job = new Job(base + i);
            job.run();
            Map<String, String> expected = new TreeMap<>();
            for (int subtask = 0; subtask < job.budgets.length; subtask++) {
                for (int record = 0; record < job.records; record++) {
                    String item = Job.item(subtask, record);
                    expected.put(item, job.culprits.contains(item) ? "POISON" : "result");
                }
            }
            assertThat(job.committed).as("seed %d", base + i).isEqualTo(expected);
            assertThat(job.starts)
                    .as("starts with seed %d, %d culprits", base + i, job.culprits.size())
                    .isLessThanOrEqualTo(1 + job.otherDeaths * 2 + 12 * job.culprits.size());
            poisoned += job.culprits.size();
        }
        assertThat(poisoned).isGreaterThan(10_000);
    }

    @Test
    void aRecordUnderWhichTheProcessDiesTakesFiveDeaths() {
        RestartBudget budget = RestartBudget.NONE;
        int deaths = 0;
        budget = budget.started(4);
        while (!budget.isPoison("a")) {
            if (budget.careful()) {
                budget = budget.entered("a");
            }
            deaths++;
            budget = budget.started(4);
        }
        assertThat(deaths).isEqualTo(5);
    }

    @Test
    void deathsBetweenWhichTheJobWasHealthyAreNotCountedTogether() {
        RestartBudget budget = RestartBudget.NONE;
        for (long checkpoint = 1; checkpoint < 100; checkpoint++) {
            budget = budget.recovered().started(checkpoint).started(checkpoint).started(checkpoint + 1);
            assertThat(budget.careful()).isFalse();
        }
        assertThat(budget.started(101).careful()).isTrue();
    }
}
