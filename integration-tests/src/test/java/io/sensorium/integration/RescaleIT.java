// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static io.sensorium.integration.CommandProcess.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.quickstart.runtime.RunningPipeline;
import io.sensorium.results.SentimentResult;
import io.sensorium.schemas.ResultStatus;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A pipeline stopped with a savepoint amid open windows and resumed, at the same and at another parallelism. */
class RescaleIT {

    private static final long T = 1_700_000_000_000L;

    @TempDir
    Path folder;

    private PipelineConfig config(TestTopics topics, String align, int parallelism, String more) throws Exception {
        // Nothing may fall idle while the pipeline is down: then every event is within bounds for every run.
        return PipelineFile.parse(
                "rescale.yaml",
                topics.yaml(
                                align,
                                "parallelism: " + parallelism + ", checkpoint_interval: 1s, state_dir: "
                                        + folder.resolve("state") + more)
                        .replace("idle_timeout: 2s", "idle_timeout: 10m"));
    }

    private static void send(TestTopics topics, Random random, int from, int to) {
        for (int i = from; i < to; i++) {
            String modality = List.of("image", "text", "audio").get(random.nextInt(3));
            topics.send(
                    modality,
                    topics.embedded(
                            modality, "s" + random.nextInt(20), "e" + i, T + i * 100L + random.nextInt(900), i));
        }
        topics.flush();
    }

    /** Enough subjects far ahead that every partition gets one and passes the end of everything before. */
    private static void close(TestTopics topics) {
        for (String modality : List.of("image", "text", "audio")) {
            for (int i = 0; i < 60; i++) {
                topics.send(modality, topics.embedded(modality, "closer-" + modality + i, "closer", T + 1_000_000, 1));
            }
        }
        topics.flush();
    }

    private static RunningPipeline start(PipelineConfig config) throws Exception {
        return RunningPipeline.start("rescale.yaml", config, new RunningPipeline.Mode(false, false), System.err);
    }

    private static boolean readToTheEnd(TestTopics topics) throws Exception {
        return topics.committed("sensorium-" + topics.prefix + "pipeline").equals(topics.inputEnds());
    }

    @ParameterizedTest
    @CsvSource({"2, 2, heap", "1, 4, rocksdb", "4, 1, heap"})
    void theSameFinalResultsAfterARestoreAtAnyParallelism(int before, int after, String backend) throws Exception {
        String align = "strategy: sliding, size: 6s, slide: 3s";
        Random random = new Random(11);
        try (TestTopics topics = new TestTopics(SharedStack.get(), 4)) {
            send(topics, random, 0, 300);
            try (RunningPipeline first = start(config(topics, align, before, ", state_backend: " + backend))) {
                await("the first half read").atMost(PATIENCE).until(() -> readToTheEnd(topics));
                first.stop();
            }
            send(topics, random, 300, 600);
            close(topics);
            Map<String, String> expected;
            try (RunningPipeline second = start(config(topics, align, after, ", state_backend: " + backend))) {
                await("both halves read").atMost(PATIENCE).until(() -> readToTheEnd(topics));
                // The savepoint's barrier follows what was read, so all that the closers closed is committed with it.
                second.stop();
                expected = withoutClosers(WindowsIT.describe(topics, 1));
            }
            topics.runBounded(config(topics, align, 1, ""));
            Map<String, String> oneRun = new java.util.TreeMap<>();
            WindowsIT.describe(topics).forEach((id, records) -> {
                if (!records.get(0).contains(" closer-")) {
                    assertThat(records)
                            .as("once from the resumed and once from the whole run")
                            .hasSize(2)
                            .containsOnly(records.get(0));
                    oneRun.put(id, records.get(0));
                }
            });
            assertThat(oneRun).isEqualTo(expected).hasSizeGreaterThan(100);
        }
    }

    private static Map<String, String> withoutClosers(Map<String, String> described) {
        described.values().removeIf(record -> record.contains(" closer-"));
        return described;
    }

    @Test
    void aLateEventWithinTheAllowanceRevisesAResultAndOneEarlyIsProvisional() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 1)) {
            PipelineConfig config =
                    config(topics, "strategy: tumbling, size: 10s, early: true, allowed_lateness: 30s", 2, "");
            try (RunningPipeline pipeline = start(config)) {
                for (String modality : List.of("image", "text", "audio")) {
                    topics.send(modality, topics.embedded(modality, "s", "first-" + modality, T + 1_000, 1));
                }
                topics.flush();
                await("a provisional result")
                        .atMost(PATIENCE)
                        .until(() -> topics.read("results.sentiment", new SentimentResult())
                                        .size()
                                >= 1);
                for (String modality : List.of("image", "text", "audio")) {
                    topics.send(modality, topics.embedded(modality, "other", "mark-" + modality, T + 15_000, 1));
                }
                topics.flush();
                await("the final result")
                        .atMost(PATIENCE)
                        .until(() -> topics.read("results.sentiment", new SentimentResult()).stream()
                                .anyMatch(r -> ResultStatus.FINAL.matches(r.getStatus())));
                topics.send("text", topics.embedded("text", "s", "late", T + 2_000, 9));
                topics.flush();
                await("the revision")
                        .atMost(PATIENCE)
                        .until(() -> topics.read("results.sentiment", new SentimentResult()).stream()
                                .anyMatch(r -> r.getRevision() == 2));
                pipeline.stop();
            }
            List<SentimentResult> results = topics.read("results.sentiment", new SentimentResult()).stream()
                    .filter(r -> r.getSubjectId().equals("s"))
                    .toList();
            assertThat(results)
                    .extracting(SentimentResult::getResultId)
                    .containsOnly(results.get(0).getResultId());
            assertThat(results)
                    .extracting(r -> r.getStatus() + " " + r.getRevision() + " "
                            + r.getInputs().size())
                    .containsExactly("PROVISIONAL 0 3", "FINAL 1 3", "FINAL 2 4");
        }
    }
}
