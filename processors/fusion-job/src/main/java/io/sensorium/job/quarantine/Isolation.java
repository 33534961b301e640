// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.quarantine;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.HashSet;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A subtask's use of its {@link RestartBudget}: in normal operation it writes a file at the start and once more when
 * the job proves healthy; after deaths it processes items one at a time in the whole process, noting each, until the
 * job is healthy again. For the task's thread.
 */
public final class Isolation {

    private static final Logger LOG = LoggerFactory.getLogger(Isolation.class);

    /**
     * How the folder of the notes is called, before the pipeline's name; it is in the folder of the checkpoints, since
     * it is valid for them alone.
     */
    public static final String FOLDER_PREFIX = "quarantine-";

    /** The message of a dead letter. */
    public static final String MESSAGE = "the process died twice while this alone was processed, after "
            + RestartBudget.DEATHS + " deaths in a row; send it again (dlq replay) once the cause is removed";

    /** Checkpoints that complete in a healthy job. */
    static final int CHECKPOINTS_TO_RECOVER = 2;

    /**
     * How long a healthy job runs: longer than any record may be under way, so that one under which the process dies
     * late is not taken for health.
     */
    static final Duration HEALTHY_FOR = Duration.ofSeconds(30);

    /**
     * Held while an item is processed alone: what the process dies of is then that item. Fair, so that no subtask
     * starves.
     */
    private static final ReentrantLock ALONE = new ReentrantLock(true);

    private final String stage;
    private final LongSupplier nanoTime;

    /** Null where nothing is kept: without a folder for checkpoints. */
    private final BudgetJournal journal;

    private final Set<String> poison = new HashSet<>();

    /** Poison items met since the last checkpoint, and those in a checkpoint that is not noted yet. */
    private final Set<String> met = new HashSet<>();

    private RestartBudget budget = RestartBudget.NONE;
    private boolean careful;
    private boolean healthy;
    private long startedAt;
    private int completed;
    private Counter isolated;

    /**
     * Processes an item.
     *
     * @param <T> its result
     */
    public interface Work<T> {
        T get() throws Exception;
    }

    /**
     * @param folder where the notes are kept, or null for none
     * @param stage such as {@code encode-text}
     */
    public Isolation(URI folder, String stage, int subtask) {
        this(folder, stage, subtask, System::nanoTime);
    }

    /** @param nanoTime the clock */
    Isolation(URI folder, String stage, int subtask, LongSupplier nanoTime) {
        this.stage = stage;
        this.nanoTime = nanoTime;
        this.journal = folder == null ? null : new BudgetJournal(folder, stage, subtask);
    }

    /** The subtask starts. Notes that cannot be read or written are no reason to fail: then nothing is isolated. */
    public void start(OptionalLong restored, MetricGroup metrics) {
        isolated = metrics.counter("records_isolated_total");
        metrics.gauge("isolation_active", () -> careful ? 1 : 0);
        startedAt = nanoTime.getAsLong();
        if (journal == null) {
            return;
        }
        try {
            RestartBudget before = journal.read();
            budget = before.started(restored.orElse(RestartBudget.NO_CHECKPOINT));
            journal.write(budget);
            poison.addAll(budget.poison().keySet());
            poison.addAll(journal.poisonOfOthers());
            careful = budget.careful();
            if (before.underWay() != null) {
                LOG.warn(
                        "{}: the process died while {} alone was processed{}",
                        stage,
                        before.underWay(),
                        budget.isPoison(before.underWay())
                                ? ", for the second time: it becomes a dead letter (POISON)"
                                : "; it is tried once more");
            }
        } catch (IOException | RuntimeException e) {
            LOG.warn(
                    "{}: the notes of earlier starts cannot be read or written, so no record is isolated if the "
                            + "process dies again and again: {}",
                    stage,
                    e.toString());
            budget = RestartBudget.NONE;
            careful = false;
        }
        if (careful) {
            LOG.warn(
                    "{}: start number {} from {}, records that the process may have died of: {}; records are "
                            + "processed one at a time until {} checkpoints complete and {} s pass",
                    stage,
                    budget.starts(),
                    budget.checkpoint() == RestartBudget.NO_CHECKPOINT
                            ? "no checkpoint"
                            : "checkpoint " + budget.checkpoint(),
                    budget.suspects().keySet(),
                    CHECKPOINTS_TO_RECOVER,
                    HEALTHY_FOR.toSeconds());
        }
    }

    /** Whether items are processed one at a time, by {@link #alone}. */
    public boolean careful() {
        return careful;
    }

    /** Whether some item is not to be processed; then {@link #isPoison} is to be asked. */
    public boolean knowsPoison() {
        return !poison.isEmpty();
    }

    /** Whether an item may have to be processed alone or not at all. */
    public boolean active() {
        return careful || !poison.isEmpty();
    }

    /** Whether an item is not to be processed. Counts it: the caller makes its dead letters. */
    public boolean isPoison(String item) {
        if (!poison.contains(item)) {
            return false;
        }
        isolated.inc();
        met.add(item);
        LOG.warn("{}: {} is not processed, the process has died under it", stage, item);
        return true;
    }

    /**
     * Processes an item while no other is processed that way in this process. If the process dies meanwhile, the next
     * start knows by which item.
     *
     * @throws Exception as the work does
     */
    public <T> T alone(String item, Work<T> work) throws Exception {
        ALONE.lockInterruptibly();
        boolean processed = false;
        try {
            note(budget.entered(item));
            T result = work.get();
            processed = true;
            return result;
        } finally {
            note(budget.left(item, processed));
            ALONE.unlock();
        }
    }

    private void note(RestartBudget next) {
        budget = next;
        try {
            journal.write(budget);
        } catch (IOException e) {
            LOG.warn("{}: a note cannot be written: {}", stage, e.toString());
        }
    }

    /** A checkpoint contains what was sent so far. */
    public void snapshot(long checkpoint) {
        if (met.isEmpty() || journal == null) {
            return;
        }
        RestartBudget next = budget;
        for (String item : met) {
            next = next.passed(item, checkpoint);
        }
        met.clear();
        note(next);
    }

    /** A checkpoint is complete. */
    public void completed() {
        if (journal == null
                || healthy
                || ++completed < CHECKPOINTS_TO_RECOVER
                || nanoTime.getAsLong() - startedAt < HEALTHY_FOR.toNanos()) {
            return;
        }
        healthy = true;
        note(budget.recovered());
        if (careful) {
            careful = false;
            LOG.warn("{}: {} checkpoints are complete, records are processed side by side again", stage, completed);
        }
    }
}
