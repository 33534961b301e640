// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.fuse;

import io.sensorium.job.alignment.AlignedWindow;
import io.sensorium.job.alignment.EncodedEvent;
import io.sensorium.job.config.Moderation.Rule;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.models.PipelineModels;
import io.sensorium.job.models.SignalHead;
import io.sensorium.job.models.TextModalities;
import io.sensorium.job.moderation.Condition;
import io.sensorium.job.moderation.ConditionCheck;
import io.sensorium.job.moderation.ConditionException;
import io.sensorium.job.moderation.TextMeasure;
import io.sensorium.job.moderation.TextNames;
import io.sensorium.job.moderation.ValueKind;
import io.sensorium.job.operator.BoundOperator;
import io.sensorium.job.operator.Operator;
import io.sensorium.job.text.TermList;
import io.sensorium.operators.pack.ModelKind;
import io.sensorium.operators.pack.ModelManifest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * What conditions of moderation rules can read: {@code OPERATOR.…} of each operator, {@code moderation.CLASS} (of all
 * events the most), {@code signals.MODALITY.NAME}, {@code attributes.KEY}, {@code present.MODALITY},
 * {@code window.complete}, {@code toxicity.CLASS} and {@code toxicity.MODALITY.CLASS} (of all texts the most),
 * functions of texts and, with a bank of known content, {@code bank.…}.
 */
public final class ModerationValues {

    private static final String TOXICITY = SignalHead.GROUP + ".";

    /** First words that are taken, so that no operator may have them as its key. */
    private static final Set<String> RESERVED_NAMES =
            Set.of("moderation", "signals", "attributes", "present", "window");

    private ModerationValues() {}

    /**
     * Checks every rule against the values that its pipeline has for a window. Those of models that were not found are
     * left alone.
     *
     * @param problems filled with what is wrong, each with its place
     */
    public static void check(PipelineConfig config, PipelineModels.Found models, List<String> problems) {
        if (!config.moderation().on()) {
            return;
        }
        boolean rated = !config.moderation().toxicity().heads().isEmpty();
        config.operators().stream()
                .map(Operator::key)
                .filter(key -> RESERVED_NAMES.contains(key)
                        || rated && key.equals(SignalHead.GROUP)
                        || config.bank().on() && key.equals(KnownValues.NAME))
                .forEach(key -> problems.add("operators." + key
                        + ": conditions of moderation rules have another use for this name; choose another key"));
        Map<String, ValueKind> known = kinds(config, models);
        Set<String> open = open(config, models);
        TextNames texts = new TextNames(
                config.moderation().lists().stream().map(TermList::name).toList(),
                config.modalityNames(),
                TextModalities.withText(config, models.encoders()),
                TextModalities.open(config, models.encoders()));
        for (Rule rule : config.moderation().rules()) {
            List<String> own = new ArrayList<>();
            try {
                ConditionCheck.check(
                        Condition.parse(rule.when()),
                        known,
                        name -> open.stream().anyMatch(name::startsWith),
                        texts,
                        own);
            } catch (ConditionException e) {
                own.add(e.getMessage());
            }
            own.forEach(problem -> problems.add("moderation.rules." + rule.name() + ".when: " + problem));
        }
    }

    /** How the values begin that depend on models which were not found. */
    private static Set<String> open(PipelineConfig config, PipelineModels.Found models) {
        Set<String> open = new HashSet<>();
        config.operators().forEach(operator -> open.add(operator.key() + "."));
        models.operators().forEach(bound -> open.remove(bound.operator().key() + "."));
        for (int i = 0; i < models.encoders().size(); i++) {
            if (models.encoders().get(i) == null) {
                open.add("signals." + config.modalities().get(i).name() + ".");
                open.add("moderation.");
            }
        }
        if (models.bound().isEmpty() && !config.moderation().toxicity().heads().isEmpty()) {
            open.add(TOXICITY);
        }
        return open;
    }

    private static Map<String, ValueKind> kinds(PipelineConfig config, PipelineModels.Found models) {
        Map<String, ValueKind> kinds = new LinkedHashMap<>();
        for (BoundOperator bound : models.operators()) {
            bound.values().forEach((name, kind) -> kinds.put(bound.operator().key() + "." + name, kind));
        }
        for (int i = 0; i < models.encoders().size(); i++) {
            String modality = config.modalities().get(i).name();
            if (config.modalities().get(i).isDerived()) {
                kinds.put("signals." + modality + ".confidence", ValueKind.NUMBER);
                kinds.put("signals." + modality + ".words", ValueKind.NUMBER);
            }
            kinds.put("present." + modality, ValueKind.FLAG);
            if (models.bound().isPresent()) {
                models.bound().get().signalHeads(i).stream()
                        .flatMap(head -> head.columns().keySet().stream())
                        .map(signal -> signal.substring(TOXICITY.length()))
                        .forEach(label -> {
                            kinds.put(TOXICITY + label, ValueKind.NUMBER);
                            kinds.put(TOXICITY + modality + "." + label, ValueKind.NUMBER);
                        });
            }
            if (models.encoders().get(i) == null) {
                continue;
            }
            ModelManifest encoder = models.encoders().get(i).manifest();
            if (encoder.kind() == ModelKind.AUDIO_ENCODER) {
                kinds.put("signals." + modality + ".speech", ValueKind.NUMBER);
            }
            for (String label : encoder.kind() == ModelKind.IMAGE_ENCODER ? encoder.labels() : List.<String>of()) {
                kinds.put("signals." + modality + "." + label, ValueKind.NUMBER);
                kinds.put("moderation." + label, ValueKind.NUMBER);
            }
        }
        config.emitAttributes().forEach(key -> kinds.put("attributes." + key, ValueKind.TEXT));
        kinds.put("window.complete", ValueKind.FLAG);
        if (config.bank().on()) {
            KnownValues.kinds(config.modalityNames(), kinds);
        }
        return kinds;
    }

    /**
     * The values of a window that come from no operator.
     *
     * @param measures the values of texts that conditions read
     */
    static Map<String, Object> of(
            ResultFields shared, AlignedWindow window, PipelineConfig config, Set<TextMeasure> measures) {
        Map<String, Object> values = new LinkedHashMap<>();
        List<EncodedEvent> events = window.events();
        shared.signals(events).forEach((name, value) -> {
            values.put("signals." + name, value);
            toxicity(name, value, values);
            values.merge(
                    "moderation." + name.substring(name.indexOf('.') + 1),
                    value,
                    (one, other) -> Math.max((Double) one, (Double) other));
        });
        shared.attributes(events).forEach((key, value) -> values.put("attributes." + key, value));
        config.modalities().forEach(modality -> values.put("present." + modality.name(), false));
        shared.modalities(window).forEach(modality -> values.put("present." + modality, true));
        values.put("window.complete", window.complete());
        texts(events, measures, values);
        if (config.bank().on()) {
            KnownValues.put(config.modalityNames(), events, values);
        }
        return values;
    }

    /** @param signal with the modality's name before it */
    private static void toxicity(String signal, double value, Map<String, Object> values) {
        int dot = signal.indexOf('.');
        if (!signal.startsWith(TOXICITY, dot + 1)) {
            return;
        }
        String label = signal.substring(dot + 1 + TOXICITY.length());
        values.put(TOXICITY + signal.substring(0, dot) + "." + label, value);
        values.merge(TOXICITY + label, value, (one, other) -> Math.max((Double) one, (Double) other));
    }

    /** What was measured of the events' texts, together. */
    private static void texts(List<EncodedEvent> events, Set<TextMeasure> measures, Map<String, Object> values) {
        for (TextMeasure measure : measures) {
            events.stream()
                    .filter(event ->
                            event.evidence() != null && event.evidence().reading() != null)
                    .map(event -> event.evidence().reading().measures().get(measure.name()))
                    .filter(Objects::nonNull)
                    .reduce(measure::together)
                    .ifPresent(value -> values.put(measure.name(), measure.value(value)));
        }
    }
}
