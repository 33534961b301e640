// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.results.SentimentResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.Test;

/**
 * Records keyed by event instead of by subject: a hot subject's load is even over the partitions, and the results are
 * the same.
 */
class KeySkewIT {

    private static final long T = 1_700_000_000_000L;
    private static final int PARTITIONS = 4;

    private record Sent(String modality, String subject, String id, long time) {}

    @Test
    void theKeyOfARecordIsTheProducersToChoose() throws Exception {
        Random random = new Random(4);
        List<Sent> events = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            // Nine of ten are about one subject.
            String subject = random.nextInt(10) > 0 ? "hot" : "s" + random.nextInt(30);
            events.add(new Sent(random.nextBoolean() ? "image" : "text", subject, "e" + i, T + i * 100L));
        }
        Map<String, String> bySubject = new TreeMap<>();
        Map<String, String> byEvent = new TreeMap<>();
        double subjectShare = run(events, Sent::subject, bySubject);
        double eventShare = run(events, Sent::id, byEvent);
        assertThat(byEvent).isNotEmpty().isEqualTo(bySubject);
        assertThat(subjectShare)
                .as("the hottest partition's share, keyed by subject")
                .isGreaterThan(0.85);
        assertThat(eventShare).as("keyed by event").isLessThan(0.35);
    }

    private interface Keying {
        String key(Sent event);
    }

    /**
     * @param results filled with what came out
     * @return the hottest input partition's share of the records
     */
    private static double run(List<Sent> events, Keying keying, Map<String, String> results) throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), PARTITIONS)) {
            int seed = 0;
            for (Sent event : events) {
                SpecificRecord record =
                        topics.embedded(event.modality(), event.subject(), event.id(), event.time(), seed++);
                topics.sendRaw(event.modality(), keying.key(event), topics.encode(event.modality(), record));
            }
            topics.flush();
            topics.runBounded(
                    topics.config("strategy: tumbling, size: 10s", "parallelism: 2, checkpoint_interval: 1s"));
            topics.read("results.sentiment", new SentimentResult())
                    .forEach(result -> results.put(
                            result.getSubjectId() + "@" + result.getWindowStart(),
                            result.getInputs().stream()
                                            .map(input -> input.getEventId())
                                            .toList() + " " + Math.round(result.getScore() * 1e4)));
            Map<String, Long> ends = topics.inputEnds();
            Map<Integer, Long> load = new TreeMap<>();
            ends.forEach((partition, end) ->
                    load.merge(Integer.parseInt(partition.substring(partition.lastIndexOf('-') + 1)), end, Long::sum));
            return load.values().stream().mapToLong(Long::longValue).max().orElse(0)
                    / (double) load.values().stream().mapToLong(Long::longValue).sum();
        }
    }
}
