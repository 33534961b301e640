// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.config;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The models that a pipeline runs together, every one by name and version: an embedding is only of use to heads that
 * were trained on its encoder, so encoders and heads are exchanged as one.
 *
 * @param id short hash of every model's identity and SHA-256: equal for equal models
 * @param fromFile whether it is the pipeline file's own
 * @param packs folders of model packs besides the pipeline file's
 * @param encoders name@version by modality
 * @param hashes SHA-256 of each modality's encoder
 * @param operators the head's name@version by operator
 */
public record ModelBundle(
        String id,
        boolean fromFile,
        List<String> packs,
        Map<String, String> encoders,
        Map<String, String> hashes,
        Map<String, String> operators)
        implements Serializable {

    public ModelBundle {
        packs = new ArrayList<>(packs);
        encoders = new TreeMap<>(encoders);
        hashes = new TreeMap<>(hashes);
        operators = new TreeMap<>(operators);
    }

    /** Whether an embedding of the other's encoders is one of this one's. */
    public boolean encodesAs(ModelBundle other) {
        return hashes.equals(other.hashes);
    }
}
