// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.results.DeadLetter;
import io.sensorium.results.IncompleteWindow;
import io.sensorium.results.InputReference;
import io.sensorium.results.MatchResult;
import io.sensorium.results.SentimentResult;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whole pipelines over three partitions: at parallelism 1, 2 and 4, on heap and RocksDB, exactly once and at least
 * once, the same windows and numbers.
 */
class WindowsIT {

    private static final long T = 1_700_000_000_000L;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "strategy: tumbling, size: 10s",
                "strategy: sliding, size: 6s, slide: 3s",
                "strategy: session, gap: 3s",
                "strategy: nearest, anchor: text, before: 2s, after: 1s"
            })
    void theSameResultsAtAnyParallelism(String align) throws Exception {
        Random random = new Random(5);
        try (TestTopics topics = new TestTopics(SharedStack.get(), 3)) {
            record Sent(String modality, String subject, String id, long time) {}
            List<Sent> events = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                String modality = List.of("image", "text", "audio").get(random.nextInt(3));
                events.add(new Sent(modality, "s" + random.nextInt(20), "e" + i, T + i * 150L + random.nextInt(900)));
            }
            int n = 0;
            for (Sent event : events) {
                SpecificRecord record = topics.embedded(event.modality, event.subject, event.id, event.time, n++);
                topics.send(event.modality, record);
                if (n % 10 == 0) {
                    topics.send(event.modality, record);
                }
            }
            topics.flush();
            topics.runBounded(topics.config(align, "parallelism: 1, checkpoint_interval: 1s"));
            Map<String, String> first = describe(topics, 1);
            topics.runBounded(topics.config(
                    align,
                    "parallelism: 2, checkpoint_interval: 1s, guarantee: at_least_once, state_backend: rocksdb"));
            assertThat(describe(topics, 2)).isEqualTo(first);
            topics.runBounded(topics.config(align, "parallelism: 4, checkpoint_interval: 1s"));
            assertThat(describe(topics, 3)).isEqualTo(first);
            assertThat(first).isNotEmpty();
            if (align.contains("tumbling")) {
                TreeMap<String, TreeSet<String>> expected = new TreeMap<>();
                events.forEach(event -> expected.computeIfAbsent(
                                event.subject + "@" + event.time / 10_000 * 10_000, w -> new TreeSet<>())
                        .add(event.id));
                TreeMap<String, TreeSet<String>> windows = new TreeMap<>();
                topics.read("results.sentiment", new SentimentResult())
                        .forEach(r -> put(
                                windows, r.getSubjectId(), r.getWindowStart().toEpochMilli(), r.getInputs()));
                topics.read("results.incomplete", new IncompleteWindow()).stream()
                        .filter(w -> w.getOperator().isEmpty())
                        .forEach(w -> put(
                                windows, w.getSubjectId(), w.getWindowStart().toEpochMilli(), w.getInputs()));
                assertThat(windows).isEqualTo(expected);
            }
        }
    }

    @Test
    void aWindowOfTooManyPairsIsDeadLettersAndItsSentimentStands() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 1)) {
            for (int i = 0; i < 400; i++) {
                topics.send("image", topics.embedded("image", "hot", "i" + i, T + i, i));
                topics.send("text", topics.embedded("text", "hot", "t" + i, T + i, i));
            }
            topics.flush();
            topics.runBounded(
                    topics.config("strategy: tumbling, size: 10s", "parallelism: 1, checkpoint_interval: 1s"));
            assertThat(topics.read("results.match", new MatchResult())).isEmpty();
            assertThat(topics.read("results.sentiment", new SentimentResult()))
                    .singleElement()
                    .satisfies(result -> assertThat(result.getInputs()).hasSize(800));
            assertThat(topics.read("media.dead-letters", new DeadLetter()))
                    .hasSize(800)
                    .allSatisfy(letter -> {
                        assertThat(letter.getCode()).isEqualTo("MODEL_FAILED");
                        assertThat(letter.getFault()).isEqualTo("PLATFORM");
                        assertThat(letter.getStage()).isEqualTo("fuse");
                        assertThat(letter.getMessage()).contains("160000 pairs");
                        assertThat(letter.getValue()).isNull();
                    });
        }
    }

    @Test
    void modalitiesAreWhatThePipelineFileDeclaresAndTheClockOffsetCounts() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 1)) {
            topics.send("image", topics.embedded("image", "s", "p1", T, 1));
            topics.send("text", topics.embedded("text", "s", "w1", T + 3_000, 2));
            topics.send("text", topics.embedded("text", "s", "w2", T + 7_000, 3));
            topics.flush();
            String yaml = topics.yaml(
                            "strategy: tumbling, size: 5s, required: [words]",
                            "parallelism: 1, checkpoint_interval: 1s")
                    .replaceAll("(?m)^ *audio:.*\\n", "")
                    .replaceAll("(?m)^ *match:.*\\n", "")
                    .replace("  image: {", "  picture: {")
                    .replace("  text:  {", "  words: {clock_offset: -3s, ");
            topics.runBounded(io.sensorium.job.config.PipelineFile.parse("names.yaml", yaml));
            assertThat(topics.committed("sensorium-" + topics.prefix + "pipeline-bounded"))
                    .as("a bounded run touches no group offsets")
                    .isEmpty();
            assertThat(topics.read("results.sentiment", new SentimentResult()))
                    .singleElement()
                    .satisfies(result -> {
                        assertThat(result.getModalities()).containsExactly("picture", "words");
                        assertThat(result.getContributions()).containsOnlyKeys("picture", "words");
                        assertThat(result.getInputs())
                                .extracting(input -> input.getEventId() + "@"
                                        + (input.getEventTime().toEpochMilli() - T))
                                .containsExactly("p1@0", "w1@0", "w2@4000");
                    });
        }
    }

    private static void put(
            Map<String, TreeSet<String>> windows, String subject, long start, List<InputReference> inputs) {
        inputs.forEach(input -> windows.computeIfAbsent(subject + "@" + start, w -> new TreeSet<>())
                .add(input.getEventId()));
    }

    /** Every result id with the content of its records, which must be the same in each of the runs. */
    static Map<String, String> describe(TestTopics topics, int runs) throws Exception {
        Map<String, String> described = new TreeMap<>();
        describe(topics).forEach((id, list) -> {
            assertThat(list).as("records of one id").isEqualTo(Collections.nCopies(runs, list.get(0)));
            described.put(id, list.get(0));
        });
        return described;
    }

    /** Every result id with the content of each of its records. */
    static Map<String, List<String>> describe(TestTopics topics) throws Exception {
        Map<String, List<String>> records = new TreeMap<>();
        for (SentimentResult r : topics.read("results.sentiment", new SentimentResult())) {
            add(
                    records,
                    r.getResultId(),
                    String.format(
                            "sentiment %s %s %s %s %.4f %.4f",
                            r.getSubjectId(),
                            r.getWindowStart(),
                            ids(r.getInputs()),
                            r.getLabel(),
                            r.getScore(),
                            r.getAgreement()));
        }
        for (MatchResult r : topics.read("results.match", new MatchResult())) {
            add(
                    records,
                    r.getResultId(),
                    String.format(
                            "match %s %s %s %d %.4f",
                            r.getSubjectId(),
                            r.getWindowStart(),
                            ids(r.getInputs()),
                            r.getPairs().size(),
                            r.getCoherence()));
        }
        for (IncompleteWindow r : topics.read("results.incomplete", new IncompleteWindow())) {
            add(
                    records,
                    r.getResultId(),
                    String.format(
                            "incomplete %s %s %s %s %s",
                            r.getOperator(), r.getSubjectId(), r.getWindowStart(), ids(r.getInputs()), r.getMissing()));
        }
        return records;
    }

    private static void add(Map<String, List<String>> records, String id, String text) {
        assertThat(id).matches("[0-9a-f]{64}");
        records.computeIfAbsent(id, i -> new ArrayList<>()).add(text);
    }

    private static List<String> ids(List<InputReference> inputs) {
        return inputs.stream()
                .map(input -> input.getModality() + "/" + input.getEventId() + "@"
                        + input.getEventTime().toEpochMilli() + "#" + input.getPartition() + "." + input.getOffset()
                        + " " + input.getEncoder().getName())
                .toList();
    }
}
