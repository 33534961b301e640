// SPDX-License-Identifier: Apache-2.0
package io.sensorium.rollup.result;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sensorium.results.FusionResult;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificRecordBase;

final class OnnxResultType implements ResultType {

    @Override
    public String type() {
        return "onnx";
    }

    @Override
    public Schema schema() {
        return FusionResult.getClassSchema();
    }

    @Override
    public String kind() {
        return "fusion";
    }

    @Override
    public void show(SpecificRecordBase record, ObjectNode json) {
        json.set("labels", DisplayText.JSON.valueToTree(((FusionResult) record).getLabels()));
    }
}
