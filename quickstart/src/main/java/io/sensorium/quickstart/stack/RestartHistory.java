// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.stack;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.Deque;

/** The restarts of one job, from what repeated observations of it show. Pure; safe for several threads. */
public final class RestartHistory {

    /** Restarts are counted over this time. */
    public static final Duration WINDOW = Duration.ofMinutes(5);

    /**
     * So many restarts within {@link #WINDOW}, with no checkpoint completed since the first of them, are a crash loop.
     */
    public static final int CRASH_LOOP = 5;

    private final Deque<Instant> restarts = new ArrayDeque<>();
    private int attempts;
    private boolean ran;
    private String cause = "";

    /**
     * Takes one observation.
     *
     * @param attempt the highest attempt number of the job's tasks, from 0
     * @param failure the newest failure's cause; empty where there is none
     * @param running whether all tasks run
     * @return whether the job restarted since the previous observation
     */
    public synchronized boolean observe(int attempt, String failure, boolean running, Instant now) {
        ran |= running;
        if (!failure.isEmpty()) {
            cause = failure;
        }
        boolean restarted = attempt > attempts;
        for (int i = attempts; i < attempt; i++) {
            restarts.addLast(now);
        }
        attempts = Math.max(attempts, attempt);
        forget(now);
        return restarted;
    }

    /** Restarts within {@link #WINDOW}. */
    public synchronized int recent(Instant now) {
        forget(now);
        return restarts.size();
    }

    /** The restarts within {@link #WINDOW} and since when, to go behind "restarted". */
    public synchronized String inWords(Instant now) {
        forget(now);
        return switch (restarts.size()) {
            case 0 -> "not at all in the last " + WINDOW.toMinutes() + " minutes";
            case 1 -> "once, at " + seconds(restarts.getFirst());
            default -> restarts.size() + " times since " + seconds(restarts.getFirst());
        };
    }

    private static Instant seconds(Instant time) {
        return time.truncatedTo(ChronoUnit.SECONDS);
    }

    /** The newest failure's cause; empty before the first. */
    public synchronized String cause() {
        return cause;
    }

    /** Whether all tasks have run at the same time at least once. */
    public synchronized boolean ran() {
        return ran;
    }

    /**
     * Whether the job restarts again and again without progress.
     *
     * @param checkpoint when the newest checkpoint completed; null for none
     */
    public synchronized boolean crashLoop(Instant checkpoint, Instant now) {
        forget(now);
        return restarts.stream()
                        .filter(restart -> checkpoint == null || restart.isAfter(checkpoint))
                        .count()
                >= CRASH_LOOP;
    }

    private void forget(Instant now) {
        while (!restarts.isEmpty() && restarts.peekFirst().isBefore(now.minus(WINDOW))) {
            restarts.removeFirst();
        }
    }
}
