package io.sensorium.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.results.DeadLetter;
import io.sensorium.results.InputReference;
import io.sensorium.results.ResultStatus;
import io.sensorium.results.SentimentResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A {@code run} process with a small heap first tells how many pictures and texts a second it can take, then gets three times as many, and rubbish besides. What it cannot take must stay in Kafka, its memory
 * within bounds, and afterwards every subject must have its one result. The build overloads it for six seconds, {@code -Psoak} for ten minutes; catching up takes twice that.
 */
class OverloadIT {

    private static final int SECONDS = Integer.getInteger("sensorium.overload.seconds", 6);
    private static final int WARM_UP = 60;
    private static final int CALIBRATION = SECONDS < 60 ? 150 : 1_000;
    private static final int PAIRS_OF_RUBBISH = 20;
    /** Heap of 512 MB, models, and what decoders and ONNX Runtime take. */
    private static final long MOST_BYTES = 2_000L << 20;

    @TempDir
    Path folder;

    private final long base = System.currentTimeMillis() / 5_000 * 5_000;
    private int sent;

    private interface Condition {
        boolean holds() throws Exception;
    }

    private void await(String what, Process process, Duration patience, Condition condition) throws Exception {
        long deadline = System.nanoTime() + patience.toNanos();
        while (!condition.holds()) {
            assertThat(process.isAlive()).as("the pipeline lives: " + Files.readString(folder.resolve("err.log"))).isTrue();
            assertThat(System.nanoTime()).as("waiting for " + what).isLessThan(deadline);
            TimeUnit.MILLISECONDS.sleep(200);
        }
    }

    /** A subject's picture and text. */
    private void sendPair(TestTopics topics, byte[] picture) {
        long at = base + sent * 10L;
        topics.send("image", topics.event("image", "o" + sent, "i", at, picture));
        topics.send("text", topics.event("text", "o" + sent, "t", at, "What a wonderful morning at the beach, number " + sent));
        if (sent % PAIRS_OF_RUBBISH == 0) {
            topics.sendRaw("text", "rubbish", "no event".getBytes(StandardCharsets.UTF_8));
        }
        sent++;
    }

    private static long unread(TestTopics topics) throws Exception {
        Map<String, Long> committed = topics.committed("sensorium-" + topics.prefix + "pipeline");
        return topics.inputEnds().entrySet().stream().mapToLong(end -> end.getValue() - committed.getOrDefault(end.getKey(), 0L)).sum();
    }

    @Test
    void whatIsTooMuchStaysInKafkaAndNothingIsLost() throws Exception {
        byte[] picture = TestTopics.sample("beach.jpg");
        try (TestTopics topics = new TestTopics(SharedStack.get(), 2)) {
            Path file = folder.resolve("pipeline.yaml");
            Files.writeString(file, topics.yaml("strategy: tumbling, size: 5s", "parallelism: 2, checkpoint_interval: 1s, http: off, state_dir: '" + folder.resolve("state") + "'").replace("idle_timeout: 2s", "idle_timeout: 2h")
                    .replaceFirst("(?m)^  audio: .*\\n", "").replace("pairs: [[image, text], [audio, text]]", "pairs: [[image, text]]"));
            Process process = CommandProcess.start(folder, List.of("-Xmx512m"), "run", "-c", file.toString());
            try {
                for (int i = 0; i < WARM_UP; i++) {
                    sendPair(topics, picture);
                }
                topics.flush();
                await("a first read", process, Duration.ofMinutes(2), () -> unread(topics) == 0);
                long begin = System.nanoTime();
                for (int i = 0; i < CALIBRATION; i++) {
                    sendPair(topics, picture);
                }
                topics.flush();
                await("the calibration", process, Duration.ofMinutes(2), () -> unread(topics) == 0);
                double sustainable = CALIBRATION / ((System.nanoTime() - begin) / 1e9);

                List<Long> memory = new ArrayList<>();
                int first = sent;
                begin = System.nanoTime();
                for (long now = begin; now - begin < TimeUnit.SECONDS.toNanos(SECONDS); now = System.nanoTime()) {
                    if (sent - first > (now - begin) / 1e9 * 3 * sustainable) {
                        LockSupport.parkNanos(5_000_000);
                        continue;
                    }
                    sendPair(topics, picture);
                    if (memory.size() <= (now - begin) / 1_000_000_000L) {
                        memory.add(CommandProcess.residentBytes(process.pid()));
                    }
                }
                topics.flush();
                int overload = sent - first;
                long unread = unread(topics);
                begin = System.nanoTime();
                for (int i = 0; i < 40; i++) {
                    topics.send("image", topics.embedded("image", "closer-" + i, "i", base + sent * 10L + 1_000_000, 1));
                    topics.send("text", topics.embedded("text", "closer-" + i, "t", base + sent * 10L + 1_000_000, 1));
                }
                topics.flush();
                while (unread(topics) > 0) {
                    assertThat(process.isAlive()).as(Files.readString(folder.resolve("err.log"))).isTrue();
                    assertThat((System.nanoTime() - begin) / 1e9).as("seconds of catching up").isLessThan(60 + 10.0 * SECONDS);
                    memory.add(CommandProcess.residentBytes(process.pid()));
                    TimeUnit.SECONDS.sleep(1);
                }
                double catchingUp = (System.nanoTime() - begin) / 1e9;
                long most = memory.stream().mapToLong(Long::longValue).max().orElseThrow();
                await("every subject's result", process, Duration.ofMinutes(2), () -> results(topics).size() >= sent);
                System.err.printf(Locale.ROOT, "overload: sustainable %.1f subjects/s, sent %.1f/s for %d s, %d records unread then, caught up after %.0f s; resident memory at most %d MiB; %d subjects, %d results, %d dead letters%n",
                        sustainable, overload / (double) SECONDS, SECONDS, unread, catchingUp, most >> 20, sent, results(topics).size(), topics.read("media.dead-letters", new DeadLetter()).size());
                assertThat(overload / (double) SECONDS).as("it was an overload").isGreaterThan(2 * sustainable);
                assertThat(unread).as("what the models cannot take is not read").isGreaterThan((long) (0.3 * overload));
                assertThat(most).isLessThan(MOST_BYTES);
                Map<String, List<SentimentResult>> bySubject = results(topics).stream().collect(Collectors.groupingBy(SentimentResult::getSubjectId));
                assertThat(bySubject).hasSize(sent);
                bySubject.values().forEach(own -> {
                    assertThat(own).hasSize(1);
                    assertThat(own.get(0).getStatus()).isEqualTo(ResultStatus.FINAL);
                    assertThat(own.get(0).getInputs()).extracting(InputReference::getEventId).containsExactly("i", "t");
                });
                assertThat(topics.read("media.dead-letters", new DeadLetter())).hasSize((sent + PAIRS_OF_RUBBISH - 1) / PAIRS_OF_RUBBISH);
            } finally {
                process.destroy();
                assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
            }
        }
    }

    private static List<SentimentResult> results(TestTopics topics) throws Exception {
        return topics.read("results.sentiment", new SentimentResult()).stream().filter(result -> result.getSubjectId().startsWith("o")).toList();
    }
}
