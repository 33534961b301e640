// SPDX-License-Identifier: Apache-2.0
package io.sensorium.rollup.result;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sensorium.results.CaptionResult;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificRecordBase;

final class CaptionsResultType implements ResultType {

    @Override
    public String type() {
        return "captions";
    }

    @Override
    public Schema schema() {
        return CaptionResult.getClassSchema();
    }

    @Override
    public String kind() {
        return "captions";
    }

    @Override
    public void show(SpecificRecordBase record, ObjectNode json) {
        CaptionResult result = (CaptionResult) record;
        json.put(
                "phrase",
                result.getCaptions().isEmpty()
                        ? ""
                        : DisplayText.cut(result.getCaptions().get(0).getPhrase()));
    }
}
