// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.config;

import io.sensorium.job.alignment.AlignSettings;
import io.sensorium.job.config.PipelineConfig.Captions;
import io.sensorium.job.config.PipelineConfig.Context;
import io.sensorium.job.config.PipelineConfig.Match;
import io.sensorium.job.config.PipelineConfig.Onnx;
import io.sensorium.job.config.PipelineConfig.Operator;
import io.sensorium.job.config.PipelineConfig.Pair;
import io.sensorium.job.config.PipelineConfig.Sentiment;
import io.sensorium.pipeline.ConfigNode;
import io.sensorium.pipeline.OperatorType;
import io.sensorium.pipeline.Suggestions;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The {@code operators} section of a pipeline file. */
final class OperatorSection {

    private static final List<String> FUSIONS = List.of(
            "early",
            "late",
            "late-concat",
            "late-sum",
            "late-product",
            "late-attention",
            "hierarchical",
            "tensor",
            "attention",
            "single-stream");
    private static final List<String> TYPES = OperatorType.words();

    /** Each phrase is compared with every event, and encoded once at start. */
    private static final int MAX_PHRASES = 20_000;

    private static final int MAX_CONTEXT = 64;

    private OperatorSection() {}

    /**
     * @param names of the modalities
     * @param align what contexts must fit
     */
    static List<Operator> read(ConfigNode root, List<String> names, AlignSettings align) {
        List<Operator> operators = new ArrayList<>();
        if (!root.has("operators")) {
            root.problem("operators", "is missing; declare at least one, such as sentiment: {type: sentiment}");
        }
        Map<String, ConfigNode> sections = root.child("operators").children();
        String first = sections.keySet().stream().findFirst().orElse("");
        sections.forEach((key, node) -> {
            String type = node.required("type", "expected one of " + TYPES);
            switch (type) {
                case "sentiment" -> operators.add(sentiment(key, node, names, align));
                case "match" -> operators.add(match(key, node, names));
                case "onnx" -> operators.add(onnx(key, node, names, align));
                case "captions" -> operators.add(captions(key, node, names));
                case "" -> {}
                default ->
                    node.problem(
                            "type",
                            "is \"" + type + "\", expected one of " + TYPES + Suggestions.suggestion(type, TYPES));
            }
            if (TYPES.contains(type)) {
                node.refuseUnknown();
            }
        });
        operators.stream()
                .filter(operator -> operator.optional() && operator.key().equals(first))
                .forEach(operator -> root.problem(
                        "operators." + first + ".optional",
                        "is true on the first operator, expected false: every complete window leaves a record under "
                                + "the first operator's key, by which roll-ups count windows; "
                                + "list an operator that is not optional first, or remove optional here"));
        return operators;
    }

    private static Sentiment sentiment(String key, ConfigNode node, List<String> names, AlignSettings align) {
        String fusion = node.text("fusion", "late");
        if (!FUSIONS.contains(fusion)) {
            node.problem(
                    "fusion",
                    "is \"" + fusion + "\", expected one of " + FUSIONS + Suggestions.suggestion(fusion, FUSIONS));
        }
        return new Sentiment(
                key,
                fusion.equals("late") ? "late-attention" : fusion,
                node.text("model", ""),
                node.flag("explain", false),
                context(node, align),
                inputs(node, names),
                optional(node),
                OperatorType.SENTIMENT.output(key, node));
    }

    private static Match match(String key, ConfigNode node, List<String> names) {
        List<Pair> pairs = new ArrayList<>();
        for (List<String> pair : node.textLists("pairs")) {
            if (pair.size() != 2 || pair.get(0).equals(pair.get(1))) {
                node.problem("pairs", "has " + pair + ", expected two different modalities");
                continue;
            }
            pair.stream()
                    .filter(name -> !names.contains(name))
                    .forEach(name -> node.problem(
                            "pairs",
                            "names \"" + name + "\", which is no modality" + Suggestions.suggestion(name, names)));
            pairs.add(new Pair(pair.get(0), pair.get(1)));
        }
        if (pairs.isEmpty()) {
            node.problem("pairs", "is empty, expected pairs of modalities such as [[image, text]]");
        }
        return new Match(
                key,
                pairs,
                node.text("model", ""),
                inputs(node, names),
                optional(node),
                OperatorType.MATCH.output(key, node));
    }

    private static boolean optional(ConfigNode node) {
        return node.flag("optional", false);
    }

    /** Modalities by slot; each of them feeds one slot, once. */
    private static Map<String, List<String>> inputs(ConfigNode node, List<String> names) {
        Map<String, List<String>> inputs = node.textsByKey("inputs");
        Map<String, String> slots = new HashMap<>();
        inputs.forEach((slot, modalities) -> {
            if (modalities.isEmpty()) {
                node.problem(
                        "inputs." + slot,
                        "is empty, expected a modality or a list of them, such as text or [caption, writing]");
            }
            for (String modality : modalities) {
                if (!names.contains(modality)) {
                    node.problem(
                            "inputs." + slot,
                            "names \"" + modality + "\", which is not a modality"
                                    + Suggestions.suggestion(modality, names));
                } else if (slots.containsKey(modality)) {
                    node.problem(
                            "inputs." + slot,
                            "names \"" + modality + "\", which inputs." + slots.get(modality)
                                    + " names already; a modality feeds one slot, once");
                }
                slots.putIfAbsent(modality, slot);
            }
        });
        return inputs;
    }

    private static Onnx onnx(String key, ConfigNode node, List<String> names, AlignSettings align) {
        Map<String, String> inputs = node.properties("inputs");
        inputs.forEach((tensor, modality) -> {
            if (!names.contains(modality)) {
                node.problem(
                        "inputs." + tensor,
                        "names \"" + modality + "\", which is no modality" + Suggestions.suggestion(modality, names));
            }
        });
        return new Onnx(
                key,
                node.required("model", "name the fusion model, name or name@version; ./sensorium models lists them"),
                inputs,
                node.text("mask", ""),
                node.properties("outputs"),
                node.flag("explain", false),
                context(node, align),
                optional(node),
                OperatorType.ONNX.output(key, node));
    }

    private static Captions captions(String key, ConfigNode node, List<String> names) {
        String from = node.required("from", "name the modality whose events get captions, such as image");
        if (!from.isEmpty() && !names.contains(from)) {
            node.problem("from", "names \"" + from + "\", which is no modality" + Suggestions.suggestion(from, names));
        }
        String file = node.required("phrases", "name a UTF-8 file with one phrase a line");
        List<String> phrases = file.isEmpty() ? List.of() : phrases(node, file);
        return new Captions(
                key,
                from,
                phrases,
                node.number("top", 3, 1, 100),
                node.text("model", ""),
                optional(node),
                OperatorType.CAPTIONS.output(key, node));
    }

    private static List<String> phrases(ConfigNode node, String file) {
        List<String> phrases;
        try {
            phrases = Files.readAllLines(Path.of(file)).stream()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty())
                    .distinct()
                    .toList();
        } catch (MalformedInputException e) {
            node.problem("phrases", "is \"" + file + "\", which is no UTF-8 text");
            return List.of();
        } catch (IOException e) {
            node.problem(
                    "phrases",
                    "is \"" + file + "\", which cannot be read (" + e
                            + "); paths are relative to the folder that sensorium is started in");
            return List.of();
        }
        if (phrases.isEmpty() || phrases.size() > MAX_PHRASES) {
            node.problem(
                    "phrases",
                    "has " + phrases.size() + " phrases in \"" + file + "\", expected 1 to " + MAX_PHRASES
                            + ", one a line");
        }
        return phrases;
    }

    /**
     * A window that was read as another's past is never read again, so nothing may change it afterwards: what late
     * events, deadlines and the order of arrival do to a closed window would be lost in the next.
     */
    private static Context context(ConfigNode node, AlignSettings align) {
        if (!node.has("context")) {
            return null;
        }
        ConfigNode child = node.child("context");
        Context context = new Context(
                child.number("windows", 4, 1, MAX_CONTEXT), child.positiveDuration("ttl", Duration.ofMinutes(10)));
        child.refuseUnknown();
        if (align != null
                && (align.firing().allowedLateness() > 0 || align.firing().maxWait() > 0)) {
            node.problem(
                    "context",
                    "needs windows that do not change once they are written; leave out align.allowed_lateness and "
                            + "align.max_wait, or the context");
        }
        return context;
    }
}
