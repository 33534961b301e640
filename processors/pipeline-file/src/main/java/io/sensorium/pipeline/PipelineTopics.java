// SPDX-License-Identifier: Apache-2.0
package io.sensorium.pipeline;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A pipeline as those see it who read what it writes.
 *
 * @param pipeline its name
 * @param modalities input topic by modality, in the order of the names
 * @param operators in the file's order
 * @param moderation topic of decisions; empty where there are no rules
 * @param format of the output topics' values
 */
public record PipelineTopics(
        String pipeline,
        KafkaCluster kafka,
        RegistryAccess registry,
        Map<String, String> modalities,
        List<OperatorOutput> operators,
        SideTopics sideTopics,
        String moderation,
        OutputFormat format,
        RollupSection rollup) {

    /**
     * An operator.
     *
     * @param key in the file
     * @param type as the file has it, which may be a type that only the fusion job knows
     * @param output topic of its results
     */
    public record OperatorOutput(String key, String type, String output) {}

    /**
     * Reads what concerns topics; the rest of the file is the fusion job's to check. The roll-ups' state folder is
     * relative to the file.
     *
     * @throws ConfigurationException with every problem of what is read, and every reference to a secret that this
     *     process cannot resolve
     */
    public static PipelineTopics read(Path file) throws ConfigurationException {
        PipelineTopics topics;
        try {
            topics = parse(file.toString(), Files.readString(file));
        } catch (IOException e) {
            throw new ConfigurationException(file.toString(), List.of("cannot be read: " + e));
        }
        List<String> problems = new ArrayList<>(topics.kafka().unresolvedSecrets(System.getenv()));
        problems.addAll(topics.registry().unresolvedSecrets(System.getenv()));
        RollupSection rollup = topics.rollup();
        try {
            rollup = rollup.relativeTo(file);
        } catch (InvalidPathException e) {
            problems.add("rollup.state_dir: " + e.getReason() + "; expected the path of a folder");
        }
        if (!problems.isEmpty()) {
            throw new ConfigurationException(file.toString(), problems);
        }
        return new PipelineTopics(
                topics.pipeline(),
                topics.kafka(),
                topics.registry(),
                topics.modalities(),
                topics.operators(),
                topics.sideTopics(),
                topics.moderation(),
                topics.format(),
                rollup);
    }

    /**
     * Reads a file's text, as {@link #read(Path)} does.
     *
     * @throws ConfigurationException with every problem of what is read
     */
    public static PipelineTopics parse(String name, String text) throws ConfigurationException {
        List<String> problems = new ArrayList<>();
        ConfigNode root = ConfigNode.parse(name, text, problems);
        String pipeline = root.text("pipeline", "sensorium");
        Map<String, String> modalities = new LinkedHashMap<>();
        root.child("modalities").children().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(modality -> {
                    String topic = modality.getValue().topic("topic", "media." + modality.getKey());
                    modalities.put(modality.getKey(), topic);
                    modality.getValue().child("derive").keys().forEach(derived -> modalities.put(derived, topic));
                });
        List<OperatorOutput> operators = new ArrayList<>();
        root.child("operators").children().forEach((key, node) -> {
            String type = node.text("type", "");
            operators.add(new OperatorOutput(key, type, OperatorTopic.of(type, key, node)));
        });
        if (operators.isEmpty()) {
            root.problem("operators", "are missing; without any there is nothing to roll up");
        }
        ConfigNode emit = root.child("emit");
        PipelineTopics topics = new PipelineTopics(
                pipeline,
                KafkaCluster.read(root),
                RegistryAccess.read(root),
                modalities,
                operators,
                SideTopics.read(root),
                root.has("moderation") ? ModerationTopic.read(root.child("moderation")) : "",
                OutputFormat.read(emit),
                RollupSection.read(root, pipeline, emit.texts("attributes")));
        if (!problems.isEmpty()) {
            throw new ConfigurationException(name, problems);
        }
        return topics;
    }
}
