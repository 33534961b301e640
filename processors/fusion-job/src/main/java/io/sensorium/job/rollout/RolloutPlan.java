// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.rollout;

import io.sensorium.job.config.ModelBundle;
import io.sensorium.job.config.Rollout.Mode;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Objects;

/**
 * What runs between two checkpoints.
 *
 * @param base the bundle that every window can be fused by
 * @param candidate the bundle that is tried out or takes over; null where there is none
 * @param mode what becomes of the candidate's results; LIVE where it has taken over and windows that lack its
 *     embeddings are still open
 * @param share of subjects that a canary or a shadow takes
 */
public record RolloutPlan(ModelBundle base, ModelBundle candidate, Mode mode, double share) implements Serializable {

    private static final double HASHES = 1L << 32;

    /** One bundle for everything. */
    public static RolloutPlan of(ModelBundle bundle) {
        return new RolloutPlan(bundle, null, Mode.LIVE, 1);
    }

    /** Whether every event is encoded by both bundles. */
    public boolean encodesTwice() {
        return candidate != null && !candidate.encodesAs(base);
    }

    /** Whether the other plan has the same candidate. */
    public boolean candidateIs(RolloutPlan other) {
        return Objects.equals(candidate, other.candidate);
    }

    /**
     * Whether a subject is among the candidate's: the first four bytes of its SHA-256, as a share of all, are below the
     * share.
     */
    public boolean concerns(String subject) {
        if (candidate == null) {
            return false;
        }
        if (mode == Mode.LIVE || share >= 1) {
            return true;
        }
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(subject.getBytes(StandardCharsets.UTF_8));
            long first = (hash[0] & 0xffL) << 24 | (hash[1] & 0xffL) << 16 | (hash[2] & 0xffL) << 8 | hash[3] & 0xffL;
            return first < share * HASHES;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    @Override
    public String toString() {
        return base.id()
                + (candidate == null
                        ? ""
                        : " " + mode.name().toLowerCase(java.util.Locale.ROOT) + (mode == Mode.LIVE ? "" : " " + share)
                                + " " + candidate.id());
    }
}
