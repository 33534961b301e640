// SPDX-License-Identifier: Apache-2.0
package io.sensorium.rollup.aggregate;

import io.sensorium.pipeline.OperatorType;
import io.sensorium.pipeline.PipelineTopics;
import io.sensorium.results.CaptionResult;
import io.sensorium.results.FusionResult;
import io.sensorium.results.IncompleteWindow;
import io.sensorium.results.LateEvent;
import io.sensorium.results.MatchPair;
import io.sensorium.results.MatchResult;
import io.sensorium.results.SentimentResult;
import io.sensorium.rollup.schema.ResultSchemas;
import io.sensorium.schemas.ResultStatus;
import io.sensorium.schemas.SentimentLabel;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificRecord;

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
     * Schema of each topic that is rolled up. Of operators but sentiment and match nothing is, unless they count the
     * windows.
     */
    static Map<String, Schema> schemas(PipelineTopics topics) {
        Map<String, Schema> schemas = ResultSchemas.of(topics);
        topics.operators().stream()
                .skip(1)
                .filter(operator -> operator.type() != OperatorType.SENTIMENT && operator.type() != OperatorType.MATCH)
                .forEach(operator -> schemas.remove(operator.output()));
        return schemas;
    }

    /** Reads a record; empty where it counts for nothing. */
    Optional<Reading> read(SpecificRecord record) {
        if (record instanceof SentimentResult result) {
            return Optional.of(reading(
                    result.getResultId(),
                    result.getStatus(),
                    result.getForced(),
                    result.getAttributes(),
                    result.getWindowEnd(),
                    sentiment(result)
                            .plus(window(
                                    result.getOperator(), result.getInputs().size()))));
        }
        if (record instanceof MatchResult result) {
            return Optional.of(reading(
                    result.getResultId(),
                    result.getStatus(),
                    result.getForced(),
                    result.getAttributes(),
                    result.getWindowEnd(),
                    match(result)
                            .plus(window(
                                    result.getOperator(), result.getInputs().size()))));
        }
        if (record instanceof FusionResult result) {
            return Optional.of(reading(
                    result.getResultId(),
                    result.getStatus(),
                    result.getForced(),
                    result.getAttributes(),
                    result.getWindowEnd(),
                    window(result.getOperator(), result.getInputs().size())));
        }
        if (record instanceof CaptionResult result) {
            return Optional.of(reading(
                    result.getResultId(),
                    result.getStatus(),
                    result.getForced(),
                    result.getAttributes(),
                    result.getWindowEnd(),
                    window(result.getOperator(), result.getInputs().size())));
        }
        if (record instanceof IncompleteWindow result) {
            Totals totals = result.getOperator().isEmpty()
                    ? new Totals(0, 1, result.getInputs().size(), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
                    : window(result.getOperator(), result.getInputs().size());
            return Optional.of(reading(
                    result.getResultId(),
                    result.getStatus(),
                    result.getForced(),
                    result.getAttributes(),
                    result.getWindowEnd(),
                    totals));
        }
        LateEvent late = (LateEvent) record;
        return Optional.of(new Reading(
                null,
                new Contribution(
                        group(late.getAttributes()),
                        late.getEventTime().toEpochMilli(),
                        new Totals(0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0)),
                Trigger.WATERMARK));
    }

    private Reading reading(
            String id, String status, boolean forced, Map<String, String> attributes, Instant end, Totals totals) {
        return new Reading(
                id,
                ResultStatus.RETRACTED.matches(status)
                        ? null
                        : new Contribution(group(attributes), end.toEpochMilli() - 1, totals),
                forced ? Trigger.DEADLINE : ResultStatus.FINAL.matches(status) ? Trigger.WATERMARK : Trigger.EARLY);
    }

    /** A complete window, where it is the first operator's record of it. */
    private Totals window(String operator, int events) {
        return operator.equals(first) ? new Totals(1, 0, events, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) : Totals.NONE;
    }

    private static Totals sentiment(SentimentResult result) {
        String label = result.getLabel();
        double score = result.getScore();
        return new Totals(
                0,
                0,
                0,
                0,
                is(label, SentimentLabel.NEGATIVE),
                is(label, SentimentLabel.NEUTRAL),
                is(label, SentimentLabel.POSITIVE),
                score,
                score * score,
                result.getAgreement(),
                0,
                0,
                0);
    }

    private static int is(String label, SentimentLabel expected) {
        return expected.name().equals(label) ? 1 : 0;
    }

    private static Totals match(MatchResult result) {
        double probability = result.getPairs().stream()
                .mapToDouble(MatchPair::getProbability)
                .sum();
        long matched = result.getPairs().stream().filter(MatchPair::getMatched).count();
        return new Totals(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, result.getPairs().size(), matched, probability);
    }

    private String group(Map<String, String> attributes) {
        if (groupBy.isEmpty()) {
            return null;
        }
        String group = attributes.getOrDefault(groupBy, "");
        return group.length() > MAX_GROUP ? group.substring(0, MAX_GROUP) : group;
    }
}
