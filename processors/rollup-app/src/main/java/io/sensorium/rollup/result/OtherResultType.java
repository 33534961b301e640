// SPDX-License-Identifier: Apache-2.0
package io.sensorium.rollup.result;

import io.sensorium.results.WindowResult;
import org.apache.avro.Schema;

/** A type that is registered with the fusion job alone: the fields that all results share. */
final class OtherResultType implements ResultType {

    @Override
    public String type() {
        return "";
    }

    @Override
    public Schema schema() {
        return WindowResult.getClassSchema();
    }

    @Override
    public String kind() {
        return "result";
    }
}
