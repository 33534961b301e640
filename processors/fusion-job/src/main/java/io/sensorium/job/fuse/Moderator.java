// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.fuse;

import io.sensorium.job.alignment.AlignedWindow;
import io.sensorium.job.config.Moderation.Rule;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.fuse.LoadedOperator.Fused;
import io.sensorium.job.fuse.ModerationState.Decision;
import io.sensorium.job.moderation.Condition;
import io.sensorium.job.moderation.Condition.Variable;
import io.sensorium.job.moderation.ConditionException;
import io.sensorium.job.moderation.TextMeasure;
import io.sensorium.job.moderation.TriState;
import io.sensorium.job.records.OutputRecord;
import io.sensorium.job.records.OutputSchemas;
import io.sensorium.job.records.RecordWriter;
import io.sensorium.results.ModerationDecision;
import io.sensorium.results.ResultReference;
import io.sensorium.schemas.ResultStatus;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Decides by the pipeline's rules. A window is evaluated once all its operators have results; an incomplete one by what
 * is known without them. Where windows may be written again, a decision that no longer holds is taken back. For one
 * thread.
 */
final class Moderator {

    /** A rule and its condition. */
    private record Compiled(Rule rule, Condition condition) {}

    /** The results of a window's operators. */
    private record WindowOutputs(Map<String, Object> values, List<ResultReference> results) {
        WindowOutputs() {
            this(new LinkedHashMap<>(), new ArrayList<>());
        }
    }

    private final PipelineConfig config;
    private final List<Compiled> rules = new ArrayList<>();
    private final Set<TextMeasure> measures = new LinkedHashSet<>();
    private final RecordWriter<ModerationDecision> writer;
    private final ModerationState decisions;
    private final Consumer<OutputRecord> out;
    private final Map<AlignedWindow, WindowOutputs> outputsByWindow = new IdentityHashMap<>();

    /** @param decisions state of the current key; null where a window is written once */
    Moderator(PipelineConfig config, OutputSchemas schemas, ModerationState decisions, Consumer<OutputRecord> out) {
        this.config = config;
        this.decisions = decisions;
        this.out = out;
        writer = new RecordWriter<>(config.moderation().output(), ModerationDecision.getClassSchema(), schemas);
        for (Rule rule : config.moderation().rules()) {
            try {
                Compiled compiled = new Compiled(rule, Condition.parse(rule.when()));
                rules.add(compiled);
                measures.addAll(compiled.condition().measures());
            } catch (ConditionException e) {
                throw new IllegalStateException("moderation.rules." + rule.name() + " was checked at the start", e);
            }
        }
    }

    /** Keeps an operator's result until the window is evaluated. */
    void recordOutput(ResultFields shared, AlignedWindow window, LoadedOperator operator, Fused fused) {
        WindowOutputs outputs = outputsByWindow.computeIfAbsent(window, w -> new WindowOutputs());
        fused.values().forEach((name, value) -> outputs.values().put(operator.key() + "." + name, value));
        outputs.results()
                .add(new ResultReference(
                        operator.key(), shared.resultId(operator.key(), window), window.revision(operator.index())));
    }

    /**
     * Evaluates a window, and forgets its results.
     *
     * @param shared of the models that the window's results are by
     */
    void evaluate(ResultFields shared, AlignedWindow window) {
        WindowOutputs outputs = Objects.requireNonNullElseGet(outputsByWindow.remove(window), WindowOutputs::new);
        if (window.status() == AlignedWindow.Status.RETRACTED) {
            // Where only some of the operators' results vanish, the window itself comes next.
            if (window.operators() == AlignedWindow.ALL_OPERATORS) {
                rules.forEach(compiled -> retract(shared, window, compiled.rule()));
            }
            return;
        }
        Map<String, Object> values = ModerationValues.of(shared, window, config, measures);
        values.putAll(outputs.values());
        if (!window.complete()) {
            outputs.results().add(new ResultReference("", shared.resultId("", window), window.revision()));
        }
        for (Compiled compiled : rules) {
            if (compiled.condition().evaluate(values) == TriState.TRUE) {
                fire(shared, window, compiled, values, outputs.results());
            } else {
                retract(shared, window, compiled.rule());
            }
        }
    }

    private void fire(
            ResultFields shared,
            AlignedWindow window,
            Compiled compiled,
            Map<String, Object> values,
            List<ResultReference> results) {
        Rule rule = compiled.rule();
        String id = shared.resultId(rule.key(), window);
        Decision last = decisions == null ? null : decisions.last(id);
        Map<String, Object> read = new LinkedHashMap<>();
        Map<String, String> lists = new LinkedHashMap<>();
        for (Variable variable : compiled.condition().variables()) {
            if (values.get(variable.name()) != null) {
                read.put(variable.name(), values.get(variable.name()));
            }
        }
        for (TextMeasure measure : compiled.condition().measures()) {
            if (values.get(measure.name()) != null) {
                read.put(measure.name(), values.get(measure.name()));
            }
            if (measure.kind() == TextMeasure.Kind.TERMS) {
                lists.put(
                        measure.argument(),
                        config.moderation().list(measure.argument()).sha256());
            }
        }
        ModerationDecision decision = new ModerationDecision();
        shared.fill(decision, rule.key(), null, window, last == null ? 0 : last.records(), window.events());
        decision.setRule(rule.name());
        decision.setRuleVersion(rule.version());
        decision.setCondition(rule.when());
        decision.setMode(rule.mode().name());
        decision.setAction(rule.action());
        decision.setSeverity(rule.severity().name());
        decision.setValues(read);
        decision.setResults(results);
        decision.setTermLists(lists);
        decision.setKnown(KnownValues.result(KnownValues.best(window.events())));
        write(window, decision);
        if (decisions != null) {
            decisions.put(
                    id, new Decision(changesUntil(window), decision.getRevision() + 1, StoredDecision.bytes(decision)));
        }
    }

    /** Where a decision stands, a record that repeats and retracts it. */
    private void retract(ResultFields shared, AlignedWindow window, Rule rule) {
        if (decisions == null) {
            return;
        }
        String id = shared.resultId(rule.key(), window);
        Decision last = decisions.last(id);
        if (last == null) {
            return;
        }
        int records = last.records();
        if (last.stands()) {
            ModerationDecision decision = StoredDecision.read(last.record());
            // It was stored under what emit.texts named then.
            EmittedTexts.remove(decision.getInputs(), config.emit().texts());
            decision.setStatus(ResultStatus.RETRACTED.name());
            decision.setRevision(records++);
            decision.setEmittedAt(ResultFields.now());
            write(window, decision);
        }
        decisions.put(id, new Decision(changesUntil(window), records, new byte[0]));
    }

    private void write(AlignedWindow window, ModerationDecision decision) {
        out.accept(writer.write(window.subject(), decision, ResultFields.readAt(window.events())));
    }

    /** Windows of the nearest strategy include their end. */
    private long changesUntil(AlignedWindow window) {
        long until = window.end() + config.align().firing().allowedLateness() + 1;
        return until < window.end() ? Long.MAX_VALUE : until;
    }
}
