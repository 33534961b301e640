// SPDX-License-Identifier: Apache-2.0
package io.sensorium.rollup.result;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificRecordBase;

/** The results of an operator type. A type is a class in this package and a line in {@link ResultTypes}. Stateless. */
public interface ResultType {

    /** The value of {@code operators.KEY.type} in a pipeline file. */
    String type();

    /** The schema that results are read with. */
    Schema schema();

    /** The dashboard's name for a result, which its page reads. */
    String kind();

    /** Whether every operator's results are rolled up; those of other types are where they count the windows. */
    default boolean rolledUp() {
        return false;
    }

    /** What a result adds to the totals of its window, in addition to the window itself. */
    default Totals totals(SpecificRecordBase result) {
        return Totals.NONE;
    }

    /** Adds the fields that the dashboard shows. */
    default void show(SpecificRecordBase result, ObjectNode json) {}
}
