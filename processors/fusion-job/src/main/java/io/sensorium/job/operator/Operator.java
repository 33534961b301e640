// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.operator;

import io.sensorium.operators.pack.ModelKind;
import io.sensorium.operators.pack.ModelManifest;
import io.sensorium.operators.pack.PackedModel;
import java.io.Serializable;
import java.util.Optional;
import org.apache.avro.Schema;

/** An operator as the pipeline file declares it. A record of a type's own settings, sent with the Flink job. */
public interface Operator extends Serializable {

    /** Its key in the file. */
    String key();

    /** The topic of its results. */
    String output();

    /** A head by name, or empty for the one that fits best. */
    String model();

    /** The same with another head. */
    Operator withModel(String other);

    /**
     * Whether a complete window that lacks what the operator needs leaves no record under its key, instead of an
     * incomplete window.
     */
    boolean optional();

    /** Whether results carry the head's attention. */
    default boolean explain() {
        return false;
    }

    /** The earlier windows of the subject that the head reads; null for none. */
    default Context context() {
        return null;
    }

    /** Schema of its results: the fields that all results share, then its own. */
    Schema resultSchema();

    /** The kind of model that it runs. */
    ModelKind headKind();

    /** Whether a head of that kind suits it, where the file names none. */
    default boolean suits(ModelManifest head) {
        return true;
    }

    /**
     * What {@link #suits} requires, for the message where no head does, such as "fusion late-sum"; empty for nothing.
     */
    default String requirement() {
        return "";
    }

    /**
     * Binds a head to the pipeline's modalities.
     *
     * @param binding where problems are reported
     * @return empty where there are problems
     */
    Optional<BoundOperator> bind(PackedModel head, HeadBinding binding);
}
