// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sensorium.job.FusionPipeline;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.job.records.OutputSchemas;
import io.sensorium.job.run.FlinkSettings;
import io.sensorium.job.run.PipelineCheck;
import io.sensorium.job.run.SavedState;
import io.sensorium.quickstart.layout.DistributionLayout;
import io.sensorium.quickstart.runtime.RunningPipeline;
import io.sensorium.quickstart.stack.EmbeddedFlink;
import io.sensorium.quickstart.stack.LiveMetrics;
import io.sensorium.results.DeadLetter;
import io.sensorium.results.IncompleteWindow;
import io.sensorium.results.SentimentResult;
import io.sensorium.schemas.ConfluentSchemaRegistry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code examples/posts.yaml}: image and caption in one record. */
class SharedTopicIT {

    private static final long T = 1_700_000_000_000L;

    @TempDir
    Path folder;

    private PipelineConfig config(TestTopics topics, String runtime) throws Exception {
        return PipelineFile.parse(
                "posts.yaml",
                Files.readString(DistributionLayout.root().resolve("examples/posts.yaml"))
                                .replace("pipeline: posts", "pipeline: " + topics.prefix + "pipeline")
                                .replace("localhost:9092", topics.bootstrapServers)
                                .replace("http://localhost:8081", topics.registryUrl)
                                .replace("{author: $.author}", "{author: $.author, language: header.language}")
                                // No silence may be what closes a window.
                                .replace("topic: posts", "topic: " + topics.topic("image") + "\n    idle_timeout: 1h")
                                .replace("results.", topics.prefix + "results.")
                                .replace(
                                        "state_dir: ./state/posts",
                                        runtime + "checkpoint_interval: 1s, state_dir: '" + folder.resolve("state")
                                                + "'")
                        + "side_topics: {incomplete: %1$sresults.incomplete, late: %1$smedia.late, dead_letters: %1$smedia.dead-letters}%n"
                                .formatted(topics.prefix));
    }

    private static void post(TestTopics topics, String id, long second, String media) {
        topics.sendRaw(
                "image",
                "ignored",
                "{\"id\": \"%s\", \"author\": \"a\", \"created\": \"%s\"%s}"
                        .formatted(id, Instant.ofEpochMilli(T + second * 1000), media)
                        .getBytes(StandardCharsets.UTF_8));
    }

    private static List<String> subjects(TestTopics topics) throws Exception {
        return topics.read("results.sentiment", new SentimentResult()).stream()
                .map(result -> result.getSubjectId() + " " + result.getModalities())
                .toList();
    }

    private RunningPipeline start(TestTopics topics) throws Exception {
        return RunningPipeline.start(
                "posts.yaml", config(topics, ""), new RunningPipeline.Mode(false, false), System.err);
    }

    @Test
    void eachModalityHasItsEventsOfTheTopicAndABrokenRecordIsOneDeadLetter() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 1)) {
            String image =
                    ", \"image\": \"" + Base64.getEncoder().encodeToString(TestTopics.sample("beach.jpg")) + "\"";
            String caption = ", \"caption\": \"What a wonderful morning!\"";
            post(topics, "both", 1, image + caption);
            post(topics, "text-only", 2, caption);
            post(topics, "broken-image", 3, ", \"image\": \"no base64!\"" + caption);
            topics.sendRaw("image", "ignored", "{\"id\": ".getBytes(StandardCharsets.UTF_8));
            post(topics, "neither", 4, "");
            post(topics, "closer", 60, caption);
            topics.flush();
            String group = "sensorium-" + topics.prefix + "pipeline";
            try (RunningPipeline pipeline = start(topics)) {
                await("the post's result")
                        .atMost(CommandProcess.PATIENCE)
                        .until(() -> subjects(topics).contains("both [image, text]"));
                await("both modalities' offsets")
                        .atMost(CommandProcess.PATIENCE)
                        .until(() -> topics.committed(group).containsValue(6L)
                                && topics.committed(group + ":text").containsValue(6L));
                assertThat(LiveMetrics.sum("records_without_event_total"))
                        .as("two without an image; one that is no JSON and one without a caption")
                        .isEqualTo(4);
                assertThat(LiveMetrics.sum("records_without_field_total"))
                        .as("language in an image and four captions; payload: three images and one caption")
                        .isEqualTo(5 + 4);
                pipeline.stop();
            }
            post(topics, "next", 61, image + caption);
            post(topics, "last", 120, caption);
            topics.flush();
            try (RunningPipeline pipeline = start(topics)) {
                await("the next post's result")
                        .atMost(CommandProcess.PATIENCE)
                        .until(() -> subjects(topics).contains("next [image, text]"));
                pipeline.stop();
            }
            assertThat(subjects(topics)).containsExactly("both [image, text]", "next [image, text]");
            assertThat(topics.read("results.incomplete", new IncompleteWindow()))
                    .extracting(window -> window.getSubjectId() + " lacks " + window.getMissing())
                    .containsExactlyInAnyOrder(
                            "text-only lacks [image]", "broken-image lacks [image]", "closer lacks [image]");
            assertThat(topics.read("media.dead-letters", new DeadLetter()))
                    .extracting(letter -> letter.getOffset() + " " + letter.getCode() + " "
                            + letter.getMessage().replaceAll("(modality image)?.*", "$1"))
                    .containsExactlyInAnyOrder("2 CORRUPT_MEDIA modality image", "3 UNDECODABLE ", "4 INVALID_EVENT ");
        }
    }

    /** Sources that looked for the end when they start, one after the other, could start at different records. */
    @Test
    void fromTheLatestRecordOnBothModalitiesStartWhereTheTopicEndedWhenTheJobWasBuilt() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 1)) {
            String image =
                    ", \"image\": \"" + Base64.getEncoder().encodeToString(TestTopics.sample("beach.jpg")) + "\"";
            String caption = ", \"caption\": \"What a wonderful morning!\"";
            post(topics, "before", 1, image + caption);
            topics.flush();
            PipelineConfig config = config(topics, "start: latest, ");
            PipelineCheck check = PipelineCheck.of(config);
            OutputSchemas schemas = OutputSchemas.register(
                    config,
                    new ConfluentSchemaRegistry(
                            config.registry().url(), config.registry().properties()),
                    check.limits());
            Configuration settings = FlinkSettings.of(config, new SavedState(config).checkpoints(), null, false);
            check.createOutputs(config);
            try (EmbeddedFlink flink =
                    EmbeddedFlink.start(settings, config.runtime().parallelism())) {
                StreamExecutionEnvironment environment = new StreamExecutionEnvironment(settings);
                FusionPipeline.build(
                        environment,
                        config,
                        check.models().orElseThrow(),
                        schemas,
                        FusionPipeline.kafka(config, check.partitions(), false),
                        false);
                post(topics, "between", 2, image + caption);
                post(topics, "closer", 60, caption);
                topics.flush();
                flink.submit(environment, "of a shared topic");
                await("the result of what was sent before the job started")
                        .atMost(CommandProcess.PATIENCE)
                        .until(() -> subjects(topics).contains("between [image, text]"));
            }
            assertThat(subjects(topics)).containsExactly("between [image, text]");
        }
    }
}
