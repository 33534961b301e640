// SPDX-License-Identifier: Apache-2.0
package io.sensorium.rollup.result;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sensorium.results.MatchPair;
import io.sensorium.results.MatchResult;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificRecordBase;

final class MatchResultType implements ResultType {

    @Override
    public String type() {
        return "match";
    }

    @Override
    public Schema schema() {
        return MatchResult.getClassSchema();
    }

    @Override
    public String kind() {
        return "match";
    }

    @Override
    public boolean rolledUp() {
        return true;
    }

    @Override
    public Totals totals(SpecificRecordBase record) {
        MatchResult result = (MatchResult) record;
        return Totals.pairs(
                result.getPairs().size(),
                result.getPairs().stream().filter(MatchPair::getMatched).count(),
                result.getPairs().stream()
                        .mapToDouble(MatchPair::getProbability)
                        .sum());
    }

    @Override
    public void show(SpecificRecordBase record, ObjectNode json) {
        MatchResult result = (MatchResult) record;
        json.put("pairs_in_all", result.getPairs().size());
        ArrayNode pairs = json.putArray("pairs");
        result.getPairs().stream()
                .limit(DisplayText.MAX_ITEMS)
                .forEach(pair -> pairs.addObject()
                        .put("left", pair.getLeftModality())
                        .put("right", pair.getRightModality())
                        .put("left_event", DisplayText.cut(pair.getLeftEventId()))
                        .put("right_event", DisplayText.cut(pair.getRightEventId()))
                        .put("probability", pair.getProbability())
                        .put("matched", pair.getMatched()));
    }
}
