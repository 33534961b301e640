// SPDX-License-Identifier: Apache-2.0
package io.sensorium.rollup.feed;

import static io.sensorium.rollup.result.DisplayText.JSON;
import static io.sensorium.rollup.result.DisplayText.MAX_ITEMS;
import static io.sensorium.rollup.result.DisplayText.cut;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sensorium.results.DeadLetter;
import io.sensorium.results.IncompleteWindow;
import io.sensorium.results.InputReference;
import io.sensorium.results.LateEvent;
import io.sensorium.results.ModerationDecision;
import io.sensorium.rollup.result.ResultType;
import io.sensorium.rollup.result.ResultTypes;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.avro.specific.SpecificRecordBase;

/** Records as the dashboard reads them: without payloads, every text cut to a length. Pure. */
final class RecordJson {

    private RecordJson() {}

    /**
     * A record's JSON; {@code kind} identifies its type.
     *
     * @param groupBy attribute by which groups form; empty for none
     */
    static ObjectNode of(SpecificRecordBase record, String groupBy) {
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
        if (record instanceof DeadLetter letter) {
            return JSON.createObjectNode()
                    .put("kind", "dead")
                    .put("code", letter.getCode())
                    .put("fault", letter.getFault())
                    .put("stage", letter.getStage())
                    .put("message", cut(letter.getMessage()))
                    .put("origin", origin(letter.getTopic(), letter.getPartition(), letter.getOffset()))
                    .put("at", letter.getFailedAt().toEpochMilli());
        }
        ResultType type = ResultTypes.of(record);
        ObjectNode json = window(type.kind(), record, groupBy);
        type.show(record, json);
        return json;
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
        inputs.stream().limit(MAX_ITEMS).forEach(input -> shown.add(InputJson.of(input)));
        return json;
    }

    private static String origin(String topic, int partition, long offset) {
        return topic + "-" + partition + "@" + offset;
    }
}
