// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.http;

import io.sensorium.quickstart.stack.RestartHistory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What is known of a running pipeline, and what follows from it. Pure.
 *
 * @param job Flink's word for the job's state, such as RUNNING
 * @param ended whether the job has ended for good
 * @param tasks how many tasks are in each of Flink's states; a running task's models are loaded and warm
 * @param lastCheckpoint when the last one was complete; null where there was none yet
 * @param started when the job was first seen with all tasks running; null before
 * @param interval of checkpoints
 * @param restarts of the job
 */
record Health(
        String job,
        boolean ended,
        Map<String, Integer> tasks,
        Instant lastCheckpoint,
        Instant started,
        Duration interval,
        RestartHistory restarts) {

    /** Maximum age of the last checkpoint, in intervals. */
    private static final int INTERVALS = 3;

    /** Why the process should be started again; empty where it should not. */
    List<String> dead(Instant now) {
        if (ended) {
            return List.of("the job has ended: " + job);
        }
        return restarts.crashLoop(lastCheckpoint, now)
                ? List.of("the job restarts again and again without completing a checkpoint: " + restartsInWords(now))
                : List.of();
    }

    private String restartsInWords(Instant now) {
        return "it restarted " + restarts.inWords(now)
                + (restarts.cause().isEmpty() ? "" : ", the newest because of: " + restarts.cause());
    }

    /** Why no traffic should rely on the pipeline now; empty where it may. */
    List<String> unready(Instant now) {
        List<String> reasons = new ArrayList<>(dead(now));
        if (!ended && !job.equals("RUNNING")) {
            reasons.add("the job is " + job
                    + (reasons.isEmpty() && restarts.recent(now) > 0 ? ": " + restartsInWords(now) : ""));
        }
        Map<String, Integer> others = new TreeMap<>(tasks);
        others.remove("RUNNING");
        if (!others.isEmpty()) {
            reasons.add("tasks are not running: " + others
                    + (reasons.isEmpty() && restarts.recent(now) > 0 ? ": " + restartsInWords(now) : ""));
        } else if (tasks.isEmpty()) {
            reasons.add("there are no tasks yet");
        }
        Instant newest = lastCheckpoint != null ? lastCheckpoint : started;
        if (newest != null && Duration.between(newest, now).compareTo(interval.multipliedBy(INTERVALS)) > 0) {
            reasons.add((lastCheckpoint == null
                            ? "there was no checkpoint since the start at "
                            : "the last checkpoint is of ")
                    + newest + ", more than " + INTERVALS + " intervals of " + interval.toMillis() + " ms ago");
        }
        return reasons;
    }
}
