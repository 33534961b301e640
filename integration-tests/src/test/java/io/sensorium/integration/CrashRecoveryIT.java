// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static io.sensorium.integration.CommandProcess.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.results.SentimentResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code run} as a process: killed, started again, stopped, started again; a committed reader sees every result once.
 */
class CrashRecoveryIT {

    private static final long T = 1_700_000_000_000L;
    private static final int SUBJECTS = 30;

    @TempDir
    Path folder;

    private Process run(Path file) throws IOException {
        return CommandProcess.start(folder, "run", "-c", file.toString());
    }

    private void await(String what, Process process, Callable<Boolean> condition) throws Exception {
        CommandProcess.await(what, process, PATIENCE, folder, condition);
    }

    @Test
    void killedAndStoppedAndResumedItWritesEveryResultOnce() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 2)) {
            Path file = folder.resolve("pipeline.yaml");
            String runtime = "parallelism: 2, checkpoint_interval: 500ms, state_dir: " + folder.resolve("state");
            Files.writeString(file, topics.yaml("strategy: tumbling, size: 10s", runtime));
            TreeMap<String, TreeSet<String>> expected = new TreeMap<>();

            Process first = run(file);
            send(topics, expected, 0);
            send(topics, expected, 1);
            // When the process dies, the second part's windows are open and a transaction may be too.
            await("results of the first part", first, () -> count(topics) >= SUBJECTS);
            first.destroyForcibly();
            assertThat(first.waitFor(20, TimeUnit.SECONDS)).isTrue();

            Process second = run(file);
            send(topics, expected, 2);
            await("results of the second part", second, () -> count(topics) >= 2 * SUBJECTS);
            second.destroy();
            assertThat(second.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
            assertThat(second.exitValue())
                    .as(Files.readString(folder.resolve("err.log")))
                    .isZero();

            Files.writeString(file, topics.yaml("strategy: tumbling, size: 20s", runtime));
            Process changed = run(file);
            assertThat(changed.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
            assertThat(changed.exitValue()).isEqualTo(2);
            assertThat(Files.readString(folder.resolve("err.log")))
                    .contains("tumbling:10000")
                    .contains("tumbling:20000")
                    .contains("--fresh");

            Files.writeString(file, topics.yaml("strategy: tumbling, size: 10s", runtime));
            Process third = run(file);
            send(topics, expected, 3);
            // A last event in each topic moves the watermark past the end of everything; silent partitions fall idle.
            for (String modality : List.of("image", "text", "audio")) {
                topics.send(modality, topics.embedded(modality, "closer", "closer-" + modality, T + 1_000_000, 1));
            }
            topics.flush();
            await("all results", third, () -> count(topics) >= 4 * SUBJECTS);
            // On silent topics the connector's commit waits for two of its polls, ten seconds each.
            await("offsets committed with a checkpoint", third, () -> committedToTheEnd(topics));
            third.destroy();
            assertThat(third.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
            assertThat(third.exitValue())
                    .as(Files.readString(folder.resolve("err.log")))
                    .isZero();

            TreeMap<String, TreeSet<String>> seen = new TreeMap<>();
            for (SentimentResult result : topics.read("results.sentiment", new SentimentResult())) {
                TreeSet<String> inputs = new TreeSet<>();
                result.getInputs().forEach(input -> inputs.add(input.getEventId()));
                assertThat(seen.put(
                                result.getSubjectId() + "@"
                                        + result.getWindowStart().toEpochMilli(),
                                inputs))
                        .as("a result of a window written twice")
                        .isNull();
            }
            assertThat(seen).isEqualTo(expected);
        }
    }

    /** One window of each subject, complete, part by part a minute later, so that each part closes the one before. */
    private static void send(TestTopics topics, TreeMap<String, TreeSet<String>> expected, int part) {
        for (int s = 0; s < SUBJECTS; s++) {
            long time = T + part * 60_000L + s * 10L;
            for (String modality : List.of("image", "text", "audio")) {
                String id = "p" + part + "-" + s + "-" + modality;
                topics.send(modality, topics.embedded(modality, "s" + s, id, time, part * 1000L + s));
                expected.computeIfAbsent("s" + s + "@" + time / 10_000 * 10_000, w -> new TreeSet<>())
                        .add(id);
            }
        }
        topics.flush();
    }

    private static boolean committedToTheEnd(TestTopics topics) {
        try {
            return topics.committed("sensorium-" + topics.prefix + "pipeline").equals(topics.inputEnds());
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static int count(TestTopics topics) {
        try {
            return topics.read("results.sentiment", new SentimentResult()).size();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
