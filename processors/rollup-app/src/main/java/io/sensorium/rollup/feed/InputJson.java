// SPDX-License-Identifier: Apache-2.0
package io.sensorium.rollup.feed;

import static io.sensorium.rollup.result.DisplayText.JSON;
import static io.sensorium.rollup.result.DisplayText.MAX_ITEMS;
import static io.sensorium.rollup.result.DisplayText.cut;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sensorium.results.InputReference;
import io.sensorium.results.KnownContent;
import io.sensorium.results.MatchedTerm;
import io.sensorium.results.TextPassage;

/** An input of a result as the dashboard reads it, with the evidence that the record carries. Pure. */
final class InputJson {

    /** Lines of an image that are shown. */
    private static final int MAX_PASSAGES = 40;

    private InputJson() {}

    static ObjectNode of(InputReference input) {
        ObjectNode json = JSON.createObjectNode()
                .put("modality", input.getModality())
                .put("event", cut(input.getEventId()))
                .put("time", input.getEventTime().toEpochMilli())
                .put("partition", input.getPartition())
                .put("offset", input.getOffset());
        if (input.getDerivedFrom() != null) {
            json.put("derived_from", input.getDerivedFrom());
        }
        if (input.getText() != null) {
            json.put("text", cut(input.getText()));
        }
        if (!input.getPassages().isEmpty()) {
            ArrayNode passages = json.putArray("passages");
            input.getPassages().stream().limit(MAX_PASSAGES).forEach(passage -> passages.add(passage(passage)));
        }
        if (!input.getTerms().isEmpty()) {
            ArrayNode terms = json.putArray("terms");
            input.getTerms().stream().limit(MAX_ITEMS).forEach(term -> terms.add(term(term)));
        }
        KnownContent known = input.getKnown();
        if (known != null) {
            json.putObject("known")
                    .put("id", cut(known.getId()))
                    .put("label", cut(known.getLabel()))
                    .put("by", known.getBy())
                    .put("distance", known.getDistance());
        }
        return json;
    }

    private static ObjectNode passage(TextPassage passage) {
        ObjectNode json =
                JSON.createObjectNode().put("text", cut(passage.getText())).put("confidence", passage.getConfidence());
        if (passage.getStartMs() != null) {
            json.put("start_ms", passage.getStartMs()).put("end_ms", passage.getEndMs());
        }
        if (passage.getLeft() != null) {
            json.put("left", passage.getLeft())
                    .put("top", passage.getTop())
                    .put("right", passage.getRight())
                    .put("bottom", passage.getBottom());
        }
        return json;
    }

    private static ObjectNode term(MatchedTerm term) {
        return JSON.createObjectNode().put("list", term.getList()).put("term", cut(term.getTerm()));
    }
}
