// SPDX-License-Identifier: Apache-2.0
package io.sensorium.pipeline;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The kinds of operators, which say of what kind the records of their output topics are. */
public enum OperatorType {
    /** Writes {@code SentimentResult}. */
    SENTIMENT,
    /** Writes {@code MatchResult}. */
    MATCH,
    /** Writes {@code FusionResult}. */
    ONNX,
    /** Writes {@code CaptionResult}. */
    CAPTIONS;

    /** As the file has it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** All words. */
    public static List<String> words() {
        return Arrays.stream(values()).map(OperatorType::word).toList();
    }

    /** The type of a word; empty where there is none. */
    public static Optional<OperatorType> of(String word) {
        return Arrays.stream(values()).filter(type -> type.word().equals(word)).findFirst();
    }

    /**
     * An operator's output topic, as its section says or by default.
     *
     * @param key of the operator
     * @param section its own
     */
    public String output(String key, ConfigNode section) {
        return section.topic("output", "results." + (this == SENTIMENT || this == MATCH ? word() : key));
    }
}
