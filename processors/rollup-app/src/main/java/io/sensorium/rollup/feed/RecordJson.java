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
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;

/** Records as the dashboard reads them: without payloads, every text cut to a length. Pure. */
final class RecordJson {

    static final ObjectMapper JSON = new ObjectMapper();

    private static final int LONGEST_TEXT = 300;
    private static final int MOST_ITEMS = 12;

    private RecordJson() {}

    /** A record's JSON, whose {@code kind} says what it is. @param groupBy attribute by which groups form; empty for none */
    static ObjectNode of(SpecificRecord record, String groupBy) {
        if (record instanceof SentimentResult result) {
            ObjectNode json = window("sentiment", result.getResultId(), result.getSubjectId(), result.getWindowStart(), result.getWindowEnd(), result.getStatus().name(),
                    result.getRevision(), result.getOperator(), result.getInputs(), result.getAttributes(), groupBy);
            json.put("label", result.getLabel().name()).put("score", result.getScore()).put("agreement", result.getAgreement());
            json.set("contributions", JSON.valueToTree(result.getContributions()));
            json.set("signals", JSON.valueToTree(result.getSignals()));
            return json;
        }
        if (record instanceof MatchResult result) {
            ObjectNode json = window("match", result.getResultId(), result.getSubjectId(), result.getWindowStart(), result.getWindowEnd(), result.getStatus().name(),
                    result.getRevision(), result.getOperator(), result.getInputs(), result.getAttributes(), groupBy);
            ArrayNode pairs = json.putArray("pairs");
            result.getPairs().stream().limit(MOST_ITEMS).forEach(pair -> pairs.addObject().put("left", pair.getLeftModality()).put("right", pair.getRightModality())
                    .put("left_event", cut(pair.getLeftEventId())).put("right_event", cut(pair.getRightEventId()))
                    .put("probability", pair.getProbability()).put("matched", pair.getMatched()));
            json.put("pairs_in_all", result.getPairs().size());
            return json;
        }
        if (record instanceof FusionResult result) {
            ObjectNode json = window("fusion", result.getResultId(), result.getSubjectId(), result.getWindowStart(), result.getWindowEnd(), result.getStatus().name(),
                    result.getRevision(), result.getOperator(), result.getInputs(), result.getAttributes(), groupBy);
            json.set("labels", JSON.valueToTree(result.getLabels()));
            return json;
        }
        if (record instanceof CaptionResult result) {
            ObjectNode json = window("captions", result.getResultId(), result.getSubjectId(), result.getWindowStart(), result.getWindowEnd(), result.getStatus().name(),
                    result.getRevision(), result.getOperator(), result.getInputs(), result.getAttributes(), groupBy);
            json.put("phrase", result.getCaptions().isEmpty() ? "" : cut(result.getCaptions().get(0).getPhrase()));
            return json;
        }
        if (record instanceof IncompleteWindow result) {
            ObjectNode json = window("incomplete", result.getResultId(), result.getSubjectId(), result.getWindowStart(), result.getWindowEnd(), result.getStatus().name(),
                    result.getRevision(), result.getOperator(), result.getInputs(), result.getAttributes(), groupBy);
            json.set("missing", JSON.valueToTree(result.getMissing()));
            return json;
        }
        if (record instanceof ModerationDecision result) {
            ObjectNode json = window("decision", result.getResultId(), result.getSubjectId(), result.getWindowStart(), result.getWindowEnd(), result.getStatus().name(),
                    result.getRevision(), result.getOperator(), result.getInputs(), result.getAttributes(), groupBy);
            json.put("rule", result.getRule()).put("version", result.getRuleVersion()).put("condition", cut(result.getCondition())).put("mode", result.getMode().name())
                    .put("action", result.getAction()).put("severity", result.getSeverity().name());
            ObjectNode values = json.putObject("values");
            result.getValues().forEach((name, value) -> values.put(cut(name), cut(String.valueOf(value))));
            return json;
        }
        if (record instanceof LateEvent late) {
            return JSON.createObjectNode().put("kind", "late").put("modality", late.getModality()).put("event", cut(late.getEventId())).put("subject", cut(late.getSubjectId()))
                    .put("time", late.getEventTime().toEpochMilli()).put("lateness_ms", late.getLatenessMs()).put("origin", origin(late.getTopic(), late.getPartition(), late.getOffset()))
                    .put("group", group(late.getAttributes(), groupBy));
        }
        DeadLetter letter = (DeadLetter) record;
        return JSON.createObjectNode().put("kind", "dead").put("code", letter.getCode()).put("fault", letter.getFault().name()).put("stage", letter.getStage())
                .put("message", cut(letter.getMessage())).put("origin", origin(letter.getTopic(), letter.getPartition(), letter.getOffset()))
                .put("at", letter.getFailedAt().toEpochMilli());
    }

    /** The result's group; null where there are none. */
    static String group(Map<String, String> attributes, String groupBy) {
        return groupBy.isEmpty() ? null : cut(attributes.getOrDefault(groupBy, ""));
    }

    private static ObjectNode window(String kind, String id, String subject, Instant start, Instant end, String status, int revision, String operator,
            List<InputReference> inputs, Map<String, String> attributes, String groupBy) {
        ObjectNode json = JSON.createObjectNode().put("kind", kind).put("id", id).put("subject", cut(subject)).put("start", start.toEpochMilli()).put("end", end.toEpochMilli())
                .put("status", status).put("revision", revision).put("operator", operator).put("group", group(attributes, groupBy));
        ArrayNode all = json.putArray("inputs");
        inputs.stream().limit(MOST_ITEMS).forEach(input -> all.addObject().put("modality", input.getModality()).put("event", cut(input.getEventId()))
                .put("time", input.getEventTime().toEpochMilli()).put("partition", input.getPartition()).put("offset", input.getOffset()));
        json.put("inputs_in_all", inputs.size());
        return json;
    }

    private static String origin(String topic, int partition, long offset) {
        return topic + "-" + partition + "@" + offset;
    }

    private static String cut(String text) {
        if (text.length() <= LONGEST_TEXT) {
            return text;
        }
        // Not within a surrogate pair, which would be no text any more.
        int end = Character.isHighSurrogate(text.charAt(LONGEST_TEXT - 1)) ? LONGEST_TEXT - 1 : LONGEST_TEXT;
        return new StringBuilder(text).delete(end, text.length()).append(" …").toString();
    }

    /** JSON of anything, as bytes. */
    static byte[] bytes(Object value) {
        try {
            return JSON.writeValueAsBytes(value);
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw new IllegalStateException("plain values are always JSON: " + Arrays.toString(e.getStackTrace()), e);
        }
    }
}
