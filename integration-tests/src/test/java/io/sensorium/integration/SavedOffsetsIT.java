// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static io.sensorium.integration.CommandProcess.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sensorium.job.FusionPipeline;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.records.OutputSchemas;
import io.sensorium.job.run.FlinkSettings;
import io.sensorium.job.run.PipelineCheck;
import io.sensorium.job.run.SavedState;
import io.sensorium.pipeline.ConfigurationException;
import io.sensorium.quickstart.runtime.RunningPipeline;
import io.sensorium.quickstart.stack.EmbeddedFlink;
import io.sensorium.quickstart.stack.LiveMetrics;
import io.sensorium.results.SentimentResult;
import io.sensorium.schemas.ConfluentSchemaRegistry;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What happened to the topics while the job was stopped. */
class SavedOffsetsIT {

    private static final long T = 1_700_000_000_000L;
    private static final List<String> MODALITIES = List.of("image", "text", "audio");

    @TempDir
    Path folder;

    private PipelineConfig config(TestTopics topics, String start) throws Exception {
        return topics.config(
                "strategy: tumbling, size: 10s",
                "parallelism: 1, checkpoint_interval: 500ms, start: " + start + ", state_dir: '"
                        + folder.resolve("state") + "'");
    }

    private static void send(TestTopics topics, String subject, long time) {
        MODALITIES.forEach(
                modality -> topics.send(modality, topics.embedded(modality, subject, subject + modality, time, 1)));
        topics.flush();
    }

    private static Set<String> subjects(TestTopics topics) throws Exception {
        Set<String> subjects = new TreeSet<>();
        topics.read("results.sentiment", new SentimentResult()).forEach(result -> subjects.add(result.getSubjectId()));
        return subjects;
    }

    private RunningPipeline start(PipelineConfig config) throws Exception {
        return RunningPipeline.start("saved-offsets.yaml", config, new RunningPipeline.Mode(false, false), System.err);
    }

    private void runUntilSaved(TestTopics topics, String start) throws Exception {
        try (RunningPipeline pipeline = start(config(topics, start))) {
            send(topics, "before", T);
            send(topics, "closer", T + 60_000);
            await("the first result")
                    .atMost(PATIENCE)
                    .until(() -> subjects(topics).contains("before"));
            pipeline.stop();
        }
    }

    /** The end of a job that starts from the newest savepoint, as on a cluster, where it is the first to look at it. */
    private static Throwable endOnACluster(PipelineConfig config) throws Exception {
        PipelineCheck check = PipelineCheck.of(config);
        SavedState state = new SavedState(config);
        OutputSchemas schemas = OutputSchemas.register(
                config,
                new ConfluentSchemaRegistry(
                        config.registry().url(), config.registry().properties()),
                check.limits());
        Configuration settings =
                FlinkSettings.of(config, state.checkpoints(), state.newest().orElseThrow(), false);
        try (EmbeddedFlink flink = EmbeddedFlink.start(settings, 1)) {
            StreamExecutionEnvironment environment = new StreamExecutionEnvironment(settings);
            FusionPipeline.build(
                    environment,
                    config,
                    check.models().orElseThrow(),
                    schemas,
                    FusionPipeline.kafka(config, check.partitions(), false),
                    false);
            flink.submit(environment, "of a topic that was recreated");
            return flink.awaitEnd();
        }
    }

    @Test
    void whatRetentionRemovedIsCountedAndEverythingThatIsLeftIsRead() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 1)) {
            runUntilSaved(topics, "earliest");
            send(topics, "gone", T + 120_000);
            Map<TopicPartition, RecordsToDelete> delete = new HashMap<>();
            topics.inputEnds()
                    .forEach((partition, end) -> delete.put(
                            new TopicPartition(partition.substring(0, partition.lastIndexOf('-')), 0),
                            RecordsToDelete.beforeOffset(end)));
            try (Admin admin = Admin.create(Map.<String, Object>of(
                    "bootstrap.servers", SharedStack.get().bootstrapServers()))) {
                admin.deleteRecords(delete).all().get();
            }
            send(topics, "left", T + 180_000);
            send(topics, "closer", T + 240_000);
            // With this start a saved offset that is out of range went to the end.
            try (RunningPipeline pipeline = start(config(topics, "latest"))) {
                await("the results of what is left")
                        .atMost(PATIENCE)
                        .until(() -> subjects(topics).contains("left"));
                assertThat(subjects(topics)).doesNotContain("gone");
                assertThat(LiveMetrics.sum("records_missing_total")).isEqualTo(MODALITIES.size());
                pipeline.stop();
            }
        }
    }

    @Test
    void aTopicThatWasDeletedAndCreatedAgainIsRefused() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 1)) {
            runUntilSaved(topics, "earliest");
            try (Admin admin = Admin.create(Map.<String, Object>of(
                    "bootstrap.servers", SharedStack.get().bootstrapServers()))) {
                admin.deleteTopics(List.of(topics.topic("text"))).all().get();
                await("the topic is gone")
                        .atMost(PATIENCE)
                        .until(() -> !admin.listTopics().names().get().contains(topics.topic("text")));
            }
            SharedStack.get().broker().createTopics(1, topics.topic("text"));
            for (int i = 0; i < 5; i++) {
                send(topics, "new" + i, T + 120_000 + i);
            }
            assertThatThrownBy(() -> start(config(topics, "earliest")))
                    .as("before anything is submitted")
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("topic " + topics.topic("text") + " was deleted and created again")
                    .hasMessageContaining("--fresh");
            assertThat(endOnACluster(config(topics, "earliest")))
                    .hasStackTraceContaining("topic " + topics.topic("text") + " was deleted and created again")
                    .hasStackTraceContaining("--fresh");
            assertThat(subjects(topics)).containsExactly("before");
        }
    }
}
