// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.config;

import io.sensorium.job.alignment.AlignSettings;
import io.sensorium.job.alignment.AlignSettings.Caps;
import io.sensorium.job.alignment.AlignSettings.Firing;
import io.sensorium.job.alignment.AlignSettings.WhenSilent;
import io.sensorium.job.alignment.AlignStrategy;
import io.sensorium.job.alignment.EmbeddingVector.Precision;
import io.sensorium.pipeline.ConfigNode;
import io.sensorium.pipeline.Suggestions;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The pipeline file's {@code align}, but for {@code valid_time}. */
final class AlignSection {

    private AlignSection() {}

    static AlignSettings read(ConfigNode node, List<Modality> modalities) {
        List<String> names = modalities.stream().map(Modality::name).toList();
        AlignStrategy strategy = strategy(node, names);
        Set<Integer> required = new LinkedHashSet<>();
        for (String name : node.texts("required")) {
            if (names.contains(name)) {
                required.add(names.indexOf(name));
            } else {
                node.problem(
                        "required",
                        "names \"" + name + "\", which is no modality" + Suggestions.suggestion(name, names));
            }
        }
        int minimum = node.number("min_modalities", 2, 1, 32);
        if (minimum > names.size() && !names.isEmpty()) {
            node.problem(
                    "min_modalities",
                    "is " + minimum + ", more than the " + names.size() + " configured; no window could be complete");
        }
        Firing firing = new Firing(
                node.flag("early", false),
                node.duration("allowed_lateness", Duration.ZERO).toMillis(),
                maxWait(node, strategy, modalities));
        Caps caps = new Caps(node.number("max_events", 1000, 1, 1_000_000), node.size("max_bytes", 16L << 20));
        return new AlignSettings(
                strategy,
                names.size(),
                Set.copyOf(required),
                minimum,
                caps,
                firing,
                List.of(),
                node.choice("state_precision", Precision.class, Precision.FLOAT32),
                node.choice("when_silent", WhenSilent.class, WhenSilent.ADVANCE));
    }

    private static AlignStrategy strategy(ConfigNode node, List<String> names) {
        String strategy = node.text("strategy", "tumbling");
        return switch (strategy) {
            case "tumbling" ->
                new AlignStrategy.Tumbling(
                        node.positiveDuration("size", Duration.ofSeconds(10)).toMillis());
            case "sliding" -> {
                Duration size = node.positiveDuration("size", Duration.ofSeconds(10));
                Duration slide = node.positiveDuration("slide", Duration.ofSeconds(2));
                if (slide.compareTo(size) > 0) {
                    node.problem(
                            "slide",
                            "is " + slide.toMillis() + "ms, longer than the size of " + size.toMillis()
                                    + "ms; events between two windows would be in none");
                }
                yield new AlignStrategy.Sliding(size.toMillis(), slide.toMillis());
            }
            case "session" ->
                new AlignStrategy.Session(
                        node.positiveDuration("gap", Duration.ofSeconds(5)).toMillis(),
                        node.positiveDuration("max_length", Duration.ofHours(1)).toMillis());
            case "nearest" -> {
                String anchor = node.required("anchor", "name the modality whose events are the anchors");
                if (!anchor.isEmpty() && !names.contains(anchor)) {
                    node.problem(
                            "anchor",
                            "is \"" + anchor + "\", which is no modality" + Suggestions.suggestion(anchor, names));
                }
                yield new AlignStrategy.Nearest(
                        anchor,
                        Math.max(0, names.indexOf(anchor)),
                        node.duration("before", Duration.ofSeconds(2)).toMillis(),
                        node.duration("after", Duration.ofSeconds(1)).toMillis());
            }
            default -> {
                node.problem(
                        "strategy",
                        "is \"" + strategy + "\", expected tumbling, sliding, session or nearest"
                                + Suggestions.suggestion(
                                        strategy, List.of("tumbling", "sliding", "session", "nearest")));
                yield new AlignStrategy.Tumbling(10_000);
            }
        };
    }

    /** In ms; 0 is off. */
    private static long maxWait(ConfigNode node, AlignStrategy strategy, List<Modality> modalities) {
        Duration maxWait = node.durationOrOff("max_wait", null);
        if (maxWait == null) {
            return 0;
        }
        long disorder = modalities.stream()
                .mapToLong(modality -> modality.outOfOrderness().toMillis())
                .max()
                .orElse(0);
        if (maxWait.toMillis() < strategy.length() + disorder || maxWait.toMillis() == 0) {
            node.problem(
                    "max_wait",
                    "is " + maxWait.toMillis() + "ms, shorter than the window of " + strategy.length()
                            + "ms and the largest out_of_orderness of " + disorder
                            + "ms together; windows that nothing delays would be forced. Set at least "
                            + Math.max(1, strategy.length() + disorder) + "ms, or off");
        }
        return maxWait.toMillis();
    }
}
