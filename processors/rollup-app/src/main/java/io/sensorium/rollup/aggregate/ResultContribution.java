// SPDX-License-Identifier: Apache-2.0
package io.sensorium.rollup.aggregate;

import io.sensorium.pipeline.PipelineTopics;
import io.sensorium.results.IncompleteWindow;
import io.sensorium.results.LateEvent;
import io.sensorium.rollup.result.ResultSchemas;
import io.sensorium.rollup.result.ResultTypes;
import io.sensorium.rollup.result.Totals;
import io.sensorium.schemas.ResultStatus;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificRecordBase;

/**
 * What a record of a pipeline's topics counts for. Complete windows are counted by the pipeline's first operator: every
 * one of them leaves exactly one record of it, its result or, where the window lacks what it needs, an incomplete
 * window under its key. Pure.
 */
final class ResultContribution {

    /** A group's value is part of keys; longer ones are cut. */
    private static final int MAX_GROUP = 256;

    /**
     * A record's meaning.
     *
     * @param id under which a later record replaces this one; null where none will
     * @param contribution what it counts for; null where the id counts no more
     * @param trigger why the job wrote the record
     */
    record Reading(String id, Contribution contribution, Trigger trigger) {}

    /**
     * Why the job wrote a record. Only the watermark shows that event time has come so far: other records may be of
     * windows far ahead.
     */
    enum Trigger {
        WATERMARK,
        DEADLINE,
        EARLY
    }

    private final String groupBy;
    private final String first;

    ResultContribution(PipelineTopics topics) {
        groupBy = topics.rollup().groupBy();
        first = topics.operators().get(0).key();
    }

    /**
     * Schema of each topic that is rolled up: the first operator's, which counts the windows, and its type's choice.
     */
    static Map<String, Schema> schemas(PipelineTopics topics) {
        Map<String, Schema> schemas = ResultSchemas.of(topics);
        topics.operators().stream()
                .skip(1)
                .filter(operator -> !ResultTypes.of(operator.type()).rolledUp())
                .forEach(operator -> schemas.remove(operator.output()));
        return schemas;
    }

    /** Reads a record of one of {@link #schemas}. */
    Reading read(SpecificRecordBase record) {
        if (record instanceof LateEvent late) {
            return new Reading(
                    null,
                    new Contribution(
                            group(late.getAttributes()), late.getEventTime().toEpochMilli(), Totals.lateEvent()),
                    Trigger.WATERMARK);
        }
        if (record instanceof IncompleteWindow window) {
            return reading(
                    record,
                    window.getOperator().isEmpty()
                            ? Totals.incomplete(window.getInputs().size())
                            : window(record));
        }
        return reading(record, ResultTypes.of(record).totals(record).plus(window(record)));
    }

    /** By the fields that all results share. */
    @SuppressWarnings("unchecked") // as the schemas have them
    private Reading reading(SpecificRecordBase record, Totals totals) {
        String status = (String) record.get("status");
        return new Reading(
                (String) record.get("result_id"),
                ResultStatus.RETRACTED.matches(status)
                        ? null
                        : new Contribution(
                                group((Map<String, String>) record.get("attributes")),
                                ((Instant) record.get("window_end")).toEpochMilli() - 1,
                                totals),
                (Boolean) record.get("forced")
                        ? Trigger.DEADLINE
                        : ResultStatus.FINAL.matches(status) ? Trigger.WATERMARK : Trigger.EARLY);
    }

    /** A complete window, where it is the first operator's record of it. */
    private Totals window(SpecificRecordBase record) {
        return record.get("operator").equals(first)
                ? Totals.complete(((List<?>) record.get("inputs")).size())
                : Totals.NONE;
    }

    private String group(Map<String, String> attributes) {
        if (groupBy.isEmpty()) {
            return null;
        }
        String group = attributes.getOrDefault(groupBy, "");
        return group.length() > MAX_GROUP ? group.substring(0, MAX_GROUP) : group;
    }
}
