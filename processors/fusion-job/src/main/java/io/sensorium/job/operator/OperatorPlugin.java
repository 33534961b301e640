// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.operator;

import io.sensorium.job.alignment.AlignSettings;
import io.sensorium.pipeline.ConfigNode;
import java.util.List;

/**
 * An operator type. Registered by a line in {@code META-INF/services/io.sensorium.job.operator.OperatorPlugin}; has a
 * public constructor without arguments. Stateless.
 */
public interface OperatorPlugin {

    /** The value of {@code operators.KEY.type} in a pipeline file. */
    String type();

    /**
     * Reads an operator's section. The caller refuses keys that were not read.
     *
     * @param key of the operator
     * @param section where problems are reported
     * @param scope the pipeline around it
     */
    Operator read(String key, ConfigNode section, Scope scope);

    /**
     * The part of the pipeline file that operators refer to.
     *
     * @param modalities their names; an event's modality is an index into this list
     * @param align how events become windows; null where that section could not be read
     */
    record Scope(List<String> modalities, AlignSettings align) {}
}
