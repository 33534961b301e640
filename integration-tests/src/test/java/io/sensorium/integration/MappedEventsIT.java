// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static io.sensorium.integration.CommandProcess.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sensorium.job.config.PipelineFile;
import io.sensorium.quickstart.layout.DistributionLayout;
import io.sensorium.quickstart.runtime.RunningPipeline;
import io.sensorium.results.DeadLetter;
import io.sensorium.results.MatchResult;
import io.sensorium.results.SentimentResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code examples/uploads.yaml}: JSON uploads with images in base64, and captions that are the text itself. */
class MappedEventsIT {

    private static final long T = 1_700_000_000_000L;

    @TempDir
    Path folder;

    private static byte[] upload(String post, long second, String image) {
        return """
                {"upload": {"id": "u-%1$s", "by": "app"}, "post_id": "%1$s", "created": %2$d,
                 "image": "%3$s"}""".formatted(post, T / 1000 + second, image).getBytes(StandardCharsets.UTF_8);
    }

    private static void text(TestTopics topics, String post, long second, String text) {
        topics.sendAt("text", post, T + second * 1000, text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void uploadsInJsonAndRawTextsAreFusedAndBadOnesAreDeadLetters() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 1)) {
            String file = Files.readString(DistributionLayout.root().resolve("examples/uploads.yaml"))
                    .replace("localhost:9092", SharedStack.get().bootstrapServers())
                    .replace("http://localhost:8081", SharedStack.get().registryUrl())
                    .replace("uploads.pictures", topics.topic("image"))
                    .replace("uploads.captions", topics.topic("text"))
                    .replaceAll(
                            "uploads\\.(sentiment|match|incomplete|late|dead-letters)", topics.prefix + "uploads.$1")
                    .replace(
                            "state_dir: ./state/uploads",
                            "parallelism: 1, checkpoint_interval: 1s, state_dir: '" + folder.resolve("state") + "'");
            String image = Base64.getEncoder().encodeToString(TestTopics.sample("beach.jpg"));
            topics.sendRaw("image", "ignored", upload("post", 1, image));
            topics.sendRaw("image", "ignored", upload("broken", 1, "no base64!"));
            topics.sendRaw("image", "ignored", "{\"upload\": ".getBytes(StandardCharsets.UTF_8));
            topics.sendRaw("image", "ignored", upload("later", 60, image));
            text(topics, "post", 2, "What a wonderful morning at the beach!");
            text(topics, "later", 60, "A later one, which moves the watermark on.");
            topics.flush();
            try (RunningPipeline pipeline = RunningPipeline.start(
                    "mapped.yaml",
                    PipelineFile.parse("mapped.yaml", file),
                    new RunningPipeline.Mode(false, false),
                    System.err)) {
                await("the post's results")
                        .atMost(PATIENCE)
                        .until(() -> topics.read("uploads.sentiment", new SentimentResult()).stream()
                                .anyMatch(result -> result.getSubjectId().equals("post")));
                SentimentResult post = topics.read("uploads.sentiment", new SentimentResult()).stream()
                        .filter(result -> result.getSubjectId().equals("post"))
                        .findFirst()
                        .orElseThrow();
                assertThat(post.getModalities()).containsExactly("image", "text");
                assertThat(post.getAttributes()).containsExactly(java.util.Map.entry("by", "app"));
                assertThat(post.getInputs())
                        .extracting(input -> input.getModality() + " " + input.getEventId() + " "
                                + input.getEventTime().toEpochMilli())
                        .containsExactly(
                                "image u-post " + (T + 1000), "text " + topics.topic("text") + "-0-0 " + (T + 2000));
                assertThat(topics.read("uploads.match", new MatchResult()))
                        .anyMatch(match -> match.getSubjectId().equals("post"));
                List<DeadLetter> letters = topics.read("uploads.dead-letters", new DeadLetter());
                assertThat(letters).extracting(DeadLetter::getCode).containsExactly("CORRUPT_MEDIA", "UNDECODABLE");
                pipeline.cancel();
            }
        }
    }
}
