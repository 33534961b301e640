// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static io.sensorium.integration.CommandProcess.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.quickstart.runtime.RunningPipeline;
import io.sensorium.results.IncompleteWindow;
import io.sensorium.results.LateEvent;
import io.sensorium.results.SentimentResult;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Topics that fall silent, events that come after a deadline, and partitions that are added while the pipeline runs.
 */
class SilenceIT {

    private static final long T = 1_700_000_000_000L;

    @TempDir
    Path folder;

    private PipelineConfig config(TestTopics topics, String align, String idleTimeout) throws Exception {
        return PipelineFile.parse(
                "silence.yaml",
                topics.yaml(
                                align,
                                "parallelism: 2, checkpoint_interval: 500ms, state_dir: '" + folder.resolve("state")
                                        + "'")
                        .replace("idle_timeout: 2s", "idle_timeout: " + idleTimeout)
                        .replaceFirst("(?m)^  audio: .*\\n", "")
                        .replace("pairs: [[image, text], [audio, text]]", "pairs: [[image, text]]"));
    }

    private static RunningPipeline start(PipelineConfig config) throws Exception {
        return RunningPipeline.start("silence.yaml", config, new RunningPipeline.Mode(false, false), System.err);
    }

    @Test
    void everySessionOfABatchIsWrittenAlthoughNothingIsSentAfterIt() throws Exception {
        int posts = 60;
        try (TestTopics topics = new TestTopics(SharedStack.get(), 3)) {
            for (int i = 0; i < posts; i++) {
                topics.send("text", topics.embedded("text", "post" + i, "t" + i, T + i * 100L, i));
                topics.send("image", topics.embedded("image", "post" + i, "i" + i, T + i * 100L + 800, i));
            }
            topics.flush();
            try (RunningPipeline pipeline = start(config(topics, "strategy: session, gap: 5s", "2s"))) {
                await("a result of every post")
                        .atMost(PATIENCE)
                        .until(() -> results(topics).size() >= posts);
                pipeline.stop();
            }
            assertThat(results(topics)).hasSize(posts).allSatisfy(result -> {
                assertThat(result.getModalities()).containsExactly("image", "text");
                assertThat(result.getStatus()).isEqualTo("FINAL");
                assertThat(result.getForced()).isFalse();
            });
            assertThat(topics.read("media.late", new LateEvent())).isEmpty();
        }
    }

    /** No partition of the pictures is idle yet, so that the watermark stands: what is written, a deadline writes. */
    @Test
    void aPictureThatComesAfterTheForcedWriteIsJudgedWithItsTextMaxWaitLater() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 1);
                RunningPipeline pipeline =
                        start(config(topics, "strategy: session, gap: 2s, max_wait: 4s, min_modalities: 1", "1h"))) {
            topics.send("text", topics.embedded("text", "post", "t", T, 1));
            topics.flush();
            await("the text alone").atMost(PATIENCE).until(() -> results(topics).size() == 1);
            topics.send("image", topics.embedded("image", "post", "i", T + 300, 2));
            topics.flush();
            await("both").atMost(PATIENCE).until(() -> results(topics).size() == 2);
            pipeline.stop();
            List<SentimentResult> results = results(topics);
            assertThat(results).extracting(SentimentResult::getForced).containsExactly(true, true);
            assertThat(results)
                    .extracting(SentimentResult::getModalities)
                    .containsExactly(List.of("text"), List.of("image", "text"));
            assertThat(results)
                    .extracting(SentimentResult::getResultId)
                    .containsOnly(results.get(0).getResultId());
        }
    }

    @Test
    void aPartitionThatIsAddedWhileThePipelineRunsHoldsTheWatermarkFromItsDiscoveryOn() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 1);
                RunningPipeline pipeline = start(config(topics, "strategy: tumbling, size: 10s", "1h"))) {
            both(topics, 0, "old", 0);
            await("the first events").atMost(PATIENCE).until(() -> committed(topics, 0) == 2);
            try (Admin admin = Admin.create(SharedStack.get().broker().clientProperties())) {
                admin.createPartitions(Map.of(
                                topics.topic("text"),
                                NewPartitions.increaseTo(2),
                                topics.topic("image"),
                                NewPartitions.increaseTo(2)))
                        .all()
                        .get();
            }
            both(topics, 1, "new", 0);
            await("the discovery of the new partitions").atMost(PATIENCE).until(() -> committed(topics, 1) == 2);
            for (int i = 1; i <= 30; i++) {
                both(topics, 0, "old", i * 10_000L);
            }
            await("all events of the old partitions").atMost(PATIENCE).until(() -> committed(topics, 0) == 62);
            for (int i = 1; i <= 30; i++) {
                both(topics, 1, "new", i * 10_000L);
            }
            await("all events of the new ones")
                    .atMost(PATIENCE)
                    .until(() -> committed(topics, 1) == 62 && results(topics).size() >= 58);
            pipeline.stop();
            assertThat(topics.read("media.late", new LateEvent())).isEmpty();
            Map<String, Integer> windows = new TreeMap<>();
            results(topics).forEach(result -> {
                assertThat(result.getModalities()).containsExactly("image", "text");
                windows.merge(result.getSubjectId(), 1, Integer::sum);
            });
            assertThat(windows).as("windows that are over").isEqualTo(Map.of("old", 29, "new", 29));
            assertThat(topics.read("results.incomplete", new IncompleteWindow()))
                    .isEmpty();
        }
    }

    private static List<SentimentResult> results(TestTopics topics) throws Exception {
        return topics.read("results.sentiment", new SentimentResult());
    }

    private static void both(TestTopics topics, int partition, String subject, long after) {
        topics.send("text", partition, topics.embedded("text", subject, "t" + after, T + after, after));
        topics.send("image", partition, topics.embedded("image", subject, "i" + after, T + after, after));
        topics.flush();
    }

    /** Records of a partition of both topics that are behind a checkpoint. */
    private static long committed(TestTopics topics, int partition) throws Exception {
        return topics.committed("sensorium-" + topics.prefix + "pipeline").entrySet().stream()
                .filter(entry -> entry.getKey().endsWith("-" + partition))
                .mapToLong(Map.Entry::getValue)
                .sum();
    }
}
