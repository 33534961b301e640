// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.rollout;

import io.sensorium.job.config.ModelBundle;
import java.util.List;

/**
 * How far a rollout is, as {@code rollout-status.json} has it.
 *
 * @param state of the rollout
 * @param running what every window is fused by, but for the candidate's
 * @param candidate what is loaded, tried out or taking over; null where there is none
 * @param sinceCheckpoint the checkpoint after which this holds; -1 for since the start
 * @param problems why the rollout was refused
 */
public record RolloutStatus(
        State state, ModelBundle running, ModelBundle candidate, long sinceCheckpoint, List<String> problems) {

    /** How far it is. */
    public enum State {
        /** The subtasks have not all started. */
        STARTING,
        /** Nothing is to be changed. */
        STEADY,
        /** The candidate is being loaded, checked and warmed. */
        LOADING,
        /** The candidate failed its checks, or the file is wrong; what ran goes on. */
        REFUSED,
        /** The candidate's results go to the side topic. */
        SHADOW,
        /** The candidate's results are those of a share of subjects. */
        CANARY,
        /** The candidate has taken over; windows that lack its embeddings are still open. */
        DRAINING
    }
}
