// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.config;

import io.sensorium.job.operator.Operator;
import io.sensorium.pipeline.ConfigNode;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Topics that several modalities read, each by its own mapping, and topics that may not be used twice. Pure. */
public final class SharedTopics {

    /** How the message of a record begins that no modality has an event of. */
    public static final String NO_PAYLOAD = "the record has no payload of any modality";

    private SharedTopics() {}

    /**
     * The modalities that read a topic, in their order; derived ones do not. The first of them answers for records that
     * cannot be decoded at all.
     */
    public static List<Modality> readers(List<Modality> modalities, String topic) {
        return modalities.stream()
                .filter(modality -> modality.topic().equals(topic) && !modality.isDerived())
                .toList();
    }

    /**
     * The message of a failed event's dead letter: where other modalities read the topic too, it names the event's,
     * since the record may have a dead letter for each. What is wrong with the record as a whole names none.
     */
    public static String message(List<Modality> modalities, Modality modality, String message) {
        return readers(modalities, modality.topic()).size() == 1 && !modality.isDerived()
                        || message.startsWith(NO_PAYLOAD)
                ? message
                : "modality " + modality.name() + ": " + message;
    }

    /**
     * Reports topics that are read by several modalities without mappings, which would mix records of different
     * schemas, and topics that are written twice, or read and written, which would feed the job to itself.
     *
     * @param others output topics by their keys
     */
    static void check(
            ConfigNode root, List<Modality> modalities, List<Operator> operators, Map<String, String> others) {
        Set<String> inputs = new LinkedHashSet<>();
        for (Modality modality : modalities) {
            if (!modality.isDerived() && !inputs.add(modality.topic())) {
                shared(root, readers(modalities, modality.topic()).get(0), modality);
            }
        }
        Set<String> outputs = new LinkedHashSet<>();
        operators.forEach(operator -> {
            if (!outputs.add(operator.output()) || inputs.contains(operator.output())) {
                root.problem(
                        "operators." + operator.key() + ".output",
                        "is \"" + operator.output() + "\", which is used already; give it its own topic");
            }
        });
        others.forEach((key, topic) -> {
            if (!outputs.add(topic) || inputs.contains(topic)) {
                root.problem(key, "is \"" + topic + "\", which is used already; give it its own topic");
            }
        });
    }

    private static void shared(ConfigNode root, Modality first, Modality other) {
        String key = "modalities." + other.name();
        if (first.events() == null || other.events() == null) {
            root.problem(
                    key + ".topic",
                    "is \"" + other.topic() + "\", which modality " + first.name()
                            + " reads; give each its own, or, where a record holds events of both, give both an event mapping");
        } else if (first.events().format() != other.events().format()) {
            root.problem(
                    key + ".format",
                    "is " + ConfigNode.hyphenated(other.events().format()) + ", but modality " + first.name()
                            + " reads the same topic as "
                            + ConfigNode.hyphenated(first.events().format())
                            + "; set the same format for both, or give each its own topic");
        }
    }
}
