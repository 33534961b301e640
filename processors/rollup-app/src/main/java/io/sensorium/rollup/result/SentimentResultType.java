// SPDX-License-Identifier: Apache-2.0
package io.sensorium.rollup.result;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sensorium.results.SentimentResult;
import io.sensorium.schemas.SentimentLabel;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificRecordBase;

final class SentimentResultType implements ResultType {

    @Override
    public String type() {
        return "sentiment";
    }

    @Override
    public Schema schema() {
        return SentimentResult.getClassSchema();
    }

    @Override
    public String kind() {
        return "sentiment";
    }

    @Override
    public boolean rolledUp() {
        return true;
    }

    @Override
    public Totals totals(SpecificRecordBase record) {
        SentimentResult result = (SentimentResult) record;
        return Totals.sentiment(
                SentimentLabel.NEGATIVE.name().equals(result.getLabel()),
                SentimentLabel.NEUTRAL.name().equals(result.getLabel()),
                SentimentLabel.POSITIVE.name().equals(result.getLabel()),
                result.getScore(),
                result.getAgreement());
    }

    @Override
    public void show(SpecificRecordBase record, ObjectNode json) {
        SentimentResult result = (SentimentResult) record;
        json.put("label", result.getLabel()).put("score", result.getScore()).put("agreement", result.getAgreement());
        json.set("contributions", DisplayText.JSON.valueToTree(result.getContributions()));
        json.set("signals", DisplayText.JSON.valueToTree(result.getSignals()));
    }
}
