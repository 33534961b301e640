// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.config;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Which models are to run instead of some of the pipeline file's, and for which subjects: the content of
 * {@code rollout.yaml}.
 *
 * @param packs folders of model packs
 * @param encoders encoder by modality; those not named stay
 * @param operators head by operator; those not named stay
 * @param mode for whom
 * @param share of subjects, in (0, 1], that a canary or a shadow takes
 */
public record Rollout(
        List<String> packs, Map<String, String> encoders, Map<String, String> operators, Mode mode, double share)
        implements Serializable {

    /** What becomes of a bundle's results. */
    public enum Mode {
        /** They go to a side topic, beside those of the models that run. */
        SHADOW,
        /** They are the results of a share of the subjects. */
        CANARY,
        /** They are the results. */
        LIVE
    }

    public Rollout {
        packs = new ArrayList<>(packs);
        encoders = new TreeMap<>(encoders);
        operators = new TreeMap<>(operators);
    }
}
