// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.results.LateEvent;
import io.sensorium.results.SentimentResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code run} on topics that are full, with an idle timeout shorter than the first fetch takes. */
class BacklogIT {

    private static final long T = 1_700_000_000_000L;
    private static final int SUBJECTS = 2_000;

    @TempDir
    Path folder;

    @Test
    void aPartitionWithABacklogIsNotIdleBeforeItsFirstFetchAtTheStartAndAfterAKill() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 2)) {
            Path file = folder.resolve("pipeline.yaml");
            String runtime = "parallelism: 2, checkpoint_interval: 500ms, state_dir: " + folder.resolve("state");
            Files.writeString(
                    file,
                    topics.yaml("strategy: session, gap: 5s", runtime)
                            .replace("idle_timeout: 2s", "idle_timeout: 10ms")
                            .replaceFirst("(?m)^  audio: .*\\n", "")
                            .replace("pairs: [[image, text], [audio, text]]", "pairs: [[image, text]]"));
            send(topics, 0);
            Process first = CommandProcess.start(folder, "run", "-c", file.toString());
            awaitResults(topics, first, SUBJECTS);
            first.destroyForcibly();
            assertThat(first.waitFor(20, TimeUnit.SECONDS)).isTrue();

            send(topics, 1);
            Process second = CommandProcess.start(folder, "run", "-c", file.toString());
            awaitResults(topics, second, 2 * SUBJECTS);
            second.destroy();
            assertThat(second.waitFor(CommandProcess.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();

            assertThat(topics.read("media.late", new LateEvent())).isEmpty();
            assertThat(topics.read("results.sentiment", new SentimentResult()))
                    .hasSize(2 * SUBJECTS)
                    .allSatisfy(result -> assertThat(result.getModalities()).containsExactly("image", "text"));
        }
    }

    /** A window of each subject, 100 ms apart: minutes of event time, of which the out-of-orderness is a second. */
    private static void send(TestTopics topics, int part) {
        for (int s = 0; s < SUBJECTS; s++) {
            long time = T + (part * SUBJECTS + s) * 100L;
            for (String modality : List.of("image", "text")) {
                String subject = "p" + part + "-" + s;
                topics.send(modality, topics.embedded(modality, subject, subject + "-" + modality, time, s));
            }
        }
        topics.flush();
    }

    /** All results, or an event that came late, which ends in none. */
    private void awaitResults(TestTopics topics, Process process, int expected) throws Exception {
        CommandProcess.await(
                expected + " results, or a late event",
                process,
                CommandProcess.PATIENCE,
                folder,
                () -> topics.read("results.sentiment", new SentimentResult()).size() >= expected
                        || !topics.read("media.late", new LateEvent()).isEmpty());
    }
}
