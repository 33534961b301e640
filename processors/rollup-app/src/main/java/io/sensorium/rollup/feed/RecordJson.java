// SPDX-License-Identifier: Apache-2.0
package io.sensorium.rollup.feed;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sensorium.results.CaptionResult;
import io.sensorium.results.DeadLetter;
import io.sensorium.results.FusionResult;
import io.sensorium.results.IncompleteWindow;
import io.sensorium.results.InputReference;
import io.sensorium.results.LateEvent;
import io.sensorium.results.MatchResult;
import io.sensorium.results.ModerationDecision;
import io.sensorium.results.SentimentResult;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;
import org.apache.avro.specific.SpecificRecordBase;

/** Records as the dashboard reads them: without payloads, every text cut to a length. Pure. */
final class RecordJson {

    static final ObjectMapper JSON = new ObjectMapper();

    private static final int MAX_TEXT = 300;
    private static final int MAX_ITEMS = 12;

    private RecordJson() {}

    /**
     * A record's JSON, whose {@code kind} says what it is.
     *
     * @param groupBy attribute by which groups form; empty for none
     */
    static ObjectNode of(SpecificRecord record, String groupBy) {
        if (record instanceof SentimentResult result) {
            ObjectNode json = window("sentiment", result, groupBy)
                    .put("label", result.getLabel())
                    .put("score", result.getScore())
                    .put("agreement", result.getAgreement());
            json.set("contributions", JSON.valueToTree(result.getContributions()));
            json.set("signals", JSON.valueToTree(result.getSignals()));
            return json;
        }
        if (record instanceof MatchResult result) {
            ObjectNode json = window("match", result, groupBy)
                    .put("pairs_in_all", result.getPairs().size());
            ArrayNode pairs = json.putArray("pairs");
            result.getPairs().stream()
                    .limit(MAX_ITEMS)
                    .forEach(pair -> pairs.addObject()
                            .put("left", pair.getLeftModality())
                            .put("right", pair.getRightModality())
                            .put("left_event", cut(pair.getLeftEventId()))
                            .put("right_event", cut(pair.getRightEventId()))
                            .put("probability", pair.getProbability())
                            .put("matched", pair.getMatched()));
            return json;
        }
        if (record instanceof FusionResult result) {
            ObjectNode json = window("fusion", result, groupBy);
            json.set("labels", JSON.valueToTree(result.getLabels()));
            return json;
        }
        if (record instanceof CaptionResult result) {
            return window("captions", result, groupBy)
                    .put(
                            "phrase",
                            result.getCaptions().isEmpty()
                                    ? ""
                                    : cut(result.getCaptions().get(0).getPhrase()));
        }
        if (record instanceof IncompleteWindow result) {
            ObjectNode json = window("incomplete", result, groupBy);
            json.set("missing", JSON.valueToTree(result.getMissing()));
            return json;
        }
        if (record instanceof ModerationDecision result) {
            ObjectNode json = window("decision", result, groupBy)
                    .put("rule", result.getRule())
                    .put("version", result.getRuleVersion())
                    .put("condition", cut(result.getCondition()))
                    .put("mode", result.getMode())
                    .put("action", result.getAction())
                    .put("severity", result.getSeverity());
            ObjectNode values = json.putObject("values");
            result.getValues().forEach((name, value) -> values.put(cut(name), cut(String.valueOf(value))));
            return json;
        }
        if (record instanceof LateEvent late) {
            return JSON.createObjectNode()
                    .put("kind", "late")
                    .put("modality", late.getModality())
                    .put("event", cut(late.getEventId()))
                    .put("subject", cut(late.getSubjectId()))
                    .put("time", late.getEventTime().toEpochMilli())
                    .put("lateness_ms", late.getLatenessMs())
                    .put("origin", origin(late.getTopic(), late.getPartition(), late.getOffset()))
                    .put("group", group(late.getAttributes(), groupBy));
        }
        DeadLetter letter = (DeadLetter) record;
        return JSON.createObjectNode()
                .put("kind", "dead")
                .put("code", letter.getCode())
                .put("fault", letter.getFault())
                .put("stage", letter.getStage())
                .put("message", cut(letter.getMessage()))
                .put("origin", origin(letter.getTopic(), letter.getPartition(), letter.getOffset()))
                .put("at", letter.getFailedAt().toEpochMilli());
    }

    /** The result's group; null where there are none. */
    static String group(Map<String, String> attributes, String groupBy) {
        return groupBy.isEmpty() ? null : cut(attributes.getOrDefault(groupBy, ""));
    }

    /** The fields that every kind of result shares. */
    @SuppressWarnings("unchecked") // as the schemas have them
    private static ObjectNode window(String kind, SpecificRecordBase record, String groupBy) {
        List<InputReference> inputs = (List<InputReference>) record.get("inputs");
        ObjectNode json = JSON.createObjectNode()
                .put("kind", kind)
                .put("id", (String) record.get("result_id"))
                .put("subject", cut((String) record.get("subject_id")))
                .put("start", ((Instant) record.get("window_start")).toEpochMilli())
                .put("end", ((Instant) record.get("window_end")).toEpochMilli())
                .put("status", record.get("status").toString())
                .put("revision", (Integer) record.get("revision"))
                .put("operator", (String) record.get("operator"))
                .put("group", group((Map<String, String>) record.get("attributes"), groupBy))
                .put("inputs_in_all", inputs.size());
        ArrayNode shown = json.putArray("inputs");
        inputs.stream()
                .limit(MAX_ITEMS)
                .forEach(input -> shown.addObject()
                        .put("modality", input.getModality())
                        .put("event", cut(input.getEventId()))
                        .put("time", input.getEventTime().toEpochMilli())
                        .put("partition", input.getPartition())
                        .put("offset", input.getOffset()));
        return json;
    }

    private static String origin(String topic, int partition, long offset) {
        return topic + "-" + partition + "@" + offset;
    }

    private static String cut(String text) {
        if (text.length() <= MAX_TEXT) {
            return text;
        }
        // Not within a surrogate pair, which would be no text any more.
        int end = Character.isHighSurrogate(text.charAt(MAX_TEXT - 1)) ? MAX_TEXT - 1 : MAX_TEXT;
        return new StringBuilder(text).delete(end, text.length()).append(" …").toString();
    }
}
