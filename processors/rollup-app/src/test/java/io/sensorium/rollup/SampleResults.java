// SPDX-License-Identifier: Apache-2.0
package io.sensorium.rollup;

import io.sensorium.results.IncompleteWindow;
import io.sensorium.results.InputReference;
import io.sensorium.results.LateEvent;
import io.sensorium.results.MatchPair;
import io.sensorium.results.MatchResult;
import io.sensorium.results.SentimentResult;
import io.sensorium.schemas.ResultStatus;
import io.sensorium.schemas.SchemaRegistry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Results as the fusion job writes them, and a registry in memory. */
public final class SampleResults {

    private SampleResults() {}

    /**
     * What a test varies.
     *
     * @param channel value of the attribute by which groups form; null for none
     */
    public record Window(
            String id, String subject, long start, long end, ResultStatus status, int revision, String channel) {

        Map<String, String> attributes() {
            return channel == null ? Map.of() : Map.of("channel", channel);
        }
    }

    /** A sentiment result of three events. */
    public static SentimentResult sentiment(Window window, double score) {
        String label = score > 0.25 ? "POSITIVE" : score < -0.25 ? "NEGATIVE" : "NEUTRAL";
        return new SentimentResult(
                window.id(),
                window.subject(),
                Instant.ofEpochMilli(window.start()),
                Instant.ofEpochMilli(window.end()),
                window.status().name(),
                window.revision(),
                false,
                List.of("audio", "image", "text"),
                inputs("audio", "image", "text"),
                window.attributes(),
                Map.of(),
                "sentiment",
                null,
                Instant.ofEpochMilli(0),
                Map.of("NEGATIVE", (1 - score) / 2, "NEUTRAL", 0.0, "POSITIVE", (1 + score) / 2),
                score,
                label,
                Map.of("image", 0.1, "text", score),
                0.5,
                Map.of());
    }

    /** A match result of one pair. */
    public static MatchResult match(Window window, double probability) {
        return new MatchResult(
                window.id(),
                window.subject(),
                Instant.ofEpochMilli(window.start()),
                Instant.ofEpochMilli(window.end()),
                window.status().name(),
                window.revision(),
                false,
                List.of("image", "text"),
                inputs("image", "text"),
                window.attributes(),
                Map.of(),
                "match",
                null,
                Instant.ofEpochMilli(0),
                List.of(new MatchPair("i", "t", "image", "text", probability, probability, probability >= 0.5)),
                probability);
    }

    /**
     * An incomplete window of one event.
     *
     * @param operator empty where no operator saw the window
     */
    public static IncompleteWindow incomplete(Window window, String operator) {
        return new IncompleteWindow(
                window.id(),
                window.subject(),
                Instant.ofEpochMilli(window.start()),
                Instant.ofEpochMilli(window.end()),
                window.status().name(),
                window.revision(),
                false,
                List.of("text"),
                inputs("text"),
                window.attributes(),
                Map.of(),
                operator,
                null,
                Instant.ofEpochMilli(0),
                List.of("image"));
    }

    /** A late event. */
    public static LateEvent late(String subject, long time, long offset, String channel) {
        return new LateEvent(
                "text",
                "e" + offset,
                subject,
                Instant.ofEpochMilli(time),
                Instant.ofEpochMilli(time + 5000),
                5000L,
                "media.text",
                0,
                offset,
                channel == null ? Map.of() : Map.of("channel", channel));
    }

    private static List<InputReference> inputs(String... modalities) {
        List<InputReference> inputs = new ArrayList<>();
        for (String modality : modalities) {
            inputs.add(new InputReference(
                    modality,
                    "e-" + modality,
                    Instant.ofEpochMilli(0),
                    "media." + modality,
                    0,
                    0L,
                    null,
                    null,
                    null,
                    null,
                    List.of(),
                    List.of(),
                    null));
        }
        return inputs;
    }

    /** Gives every schema one id. */
    public static final class MemoryRegistry implements SchemaRegistry {

        private final Map<String, Integer> ids = new ConcurrentHashMap<>();
        private final Map<Integer, String> schemas = new ConcurrentHashMap<>();

        @Override
        public int register(String subject, String avroSchema) {
            int id = ids.computeIfAbsent(avroSchema, schema -> ids.size() + 1);
            schemas.put(id, avroSchema);
            return id;
        }

        @Override
        public String schemaOf(int id) throws UnknownSchemaException {
            if (!schemas.containsKey(id)) {
                throw new UnknownSchemaException(id, null);
            }
            return schemas.get(id);
        }
    }
}
