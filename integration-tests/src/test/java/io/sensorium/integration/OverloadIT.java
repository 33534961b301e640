// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static io.sensorium.integration.CommandProcess.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.quickstart.stack.ChildProcess;
import io.sensorium.results.DeadLetter;
import io.sensorium.results.InputReference;
import io.sensorium.results.SentimentResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The capacity of a {@code run} process with a small heap is measured with pictures and texts, then it gets three times
 * as many, and rubbish besides. If its capacity turns out to be higher (compilers warm up), the rate goes up with it.
 * What it cannot take must stay in Kafka, its memory within bounds, and afterwards every subject must have its one
 * result. The build overloads it for six seconds, {@code -Psoak} for ten minutes, after a longer warm-up; catching up
 * takes twice that.
 */
class OverloadIT {

    private static final int SECONDS = Integer.getInteger("sensorium.overload.seconds", 6);
    private static final int WARM_UP = SECONDS < 60 ? 60 : 1_000;
    private static final int CALIBRATION = SECONDS < 60 ? 150 : 1_500;
    private static final int TIMES = 3;
    /** The modality that takes longest, which shows how many subjects have been processed. */
    private static final String PICTURES = "media.image";
    /** Half a minute of texts by event time, a window of 5 s and one that is not over, and what has been fetched. */
    private static final double MAX_AHEAD = 3_000 + 1_000 + 2_000;

    private static final int PAIRS_OF_RUBBISH = 20;
    /** Heap of 512 MB, models, and what decoders and ONNX Runtime take. */
    private static final long MAX_BYTES = 2_000L << 20;

    @TempDir
    Path folder;

    private final long base = System.currentTimeMillis() / 5_000 * 5_000;
    private byte[] picture;
    /** What the process took in the best time so far, in subjects/s. */
    private volatile double sustainable;

    private volatile boolean overloaded = true;
    private final AtomicInteger sent = new AtomicInteger();

    private long mostBytes;
    private double mostOpen;

    private void await(String what, Process process, Duration patience, Callable<Boolean> condition) throws Exception {
        CommandProcess.await(what, process, patience, folder, condition);
    }

    /** A subject's picture and text. */
    private void sendPair(TestTopics topics) {
        long at = base + sent.get() * 10L;
        topics.send("image", topics.event("image", "o" + sent.get(), "i", at, picture));
        topics.send(
                "text",
                topics.event(
                        "text",
                        "o" + sent.get(),
                        "t",
                        at,
                        "What a wonderful morning at the beach, number " + sent.get()));
        if (sent.get() % PAIRS_OF_RUBBISH == 0) {
            topics.sendRaw("text", "rubbish", "no event".getBytes(StandardCharsets.UTF_8));
        }
        sent.incrementAndGet();
    }

    /** Of one modality, or with "media" of all. */
    private static long unread(TestTopics topics, String modality) throws Exception {
        Map<String, Long> committed = topics.committed("sensorium-" + topics.prefix + "pipeline");
        return topics.inputEnds().entrySet().stream()
                .filter(end -> end.getKey().contains(modality))
                .mapToLong(end -> end.getValue() - committed.getOrDefault(end.getKey(), 0L))
                .sum();
    }

    private static long unread(TestTopics topics) throws Exception {
        return unread(topics, "media");
    }

    /** Sends so many subjects at once and waits until they are read; how many a second that were. */
    private double taken(TestTopics topics, Process process, int subjects) throws Exception {
        long begin = System.nanoTime();
        for (int i = 0; i < subjects; i++) {
            sendPair(topics);
        }
        topics.flush();
        await(
                subjects + " subjects to be read",
                process,
                Duration.ofMinutes(2).plusSeconds(subjects),
                () -> unread(topics) == 0);
        return subjects / ((System.nanoTime() - begin) / 1e9);
    }

    /** Sends at a multiple of the rate that the process sustains, until told otherwise. */
    private void sendMoreThanIsTaken(TestTopics topics, int first, long begin) {
        while (overloaded) {
            if (sent.get() - first <= (System.nanoTime() - begin) / 1e9 * TIMES * sustainable) {
                sendPair(topics);
            } else {
                LockSupport.parkNanos(5_000_000);
            }
        }
    }

    /** Remembers the most memory and windows. */
    private void look(Process process, String metrics) throws Exception {
        mostBytes = Math.max(mostBytes, CommandProcess.residentBytes(process.pid()));
        mostOpen = Math.max(
                mostOpen,
                MetricsScraper.of(metrics, "sensorium_windows_open", "").getSum());
    }

    @Test
    void whatIsTooMuchStaysInKafkaAndNothingIsLost() throws Exception {
        picture = TestTopics.sample("beach.jpg");
        try (TestTopics topics = new TestTopics(SharedStack.get(), 2)) {
            Path file = folder.resolve("pipeline.yaml");
            int port = ChildProcess.freePort();
            String metrics = "http://127.0.0.1:" + port + "/metrics";
            Files.writeString(
                    file,
                    topics.yaml(
                                    "strategy: tumbling, size: 5s",
                                    "parallelism: 2, checkpoint_interval: 1s, max_drift: 30s, http: '127.0.0.1:" + port
                                            + "', state_dir: '" + folder.resolve("state") + "'")
                            .replace("idle_timeout: 2s", "idle_timeout: 10s")
                            .replaceFirst("(?m)^  audio: .*\\n", "")
                            .replace("pairs: [[image, text], [audio, text]]", "pairs: [[image, text]]"));
            Process process = CommandProcess.start(folder, List.of("-Xmx512m"), "run", "-c", file.toString());
            try {
                taken(topics, process, WARM_UP);
                double calibrated = taken(topics, process, CALIBRATION);

                int first = sent.get();
                long begin = System.nanoTime();
                sustainable = calibrated;
                // A thread of its own: a look takes seconds while the process has no processor time to answer.
                ExecutorService executor = Executors.newSingleThreadExecutor();
                double elapsed;
                try {
                    Future<?> sending = executor.submit(() -> sendMoreThanIsTaken(topics, first, begin));
                    do {
                        look(process, metrics);
                        long unread = unread(topics, PICTURES);
                        elapsed = (System.nanoTime() - begin) / 1e9;
                        sustainable = elapsed < 1
                                ? sustainable
                                : Math.max(sustainable, (sent.get() - first - unread) / elapsed);
                        LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1));
                    } while (elapsed < SECONDS && !sending.isDone());
                    overloaded = false;
                    sending.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                } finally {
                    overloaded = false;
                    executor.shutdown();
                }
                topics.flush();
                elapsed = (System.nanoTime() - begin) / 1e9;
                int overload = sent.get() - first;
                long unread = unread(topics, PICTURES);
                double taken = (overload - unread) / elapsed;
                long closed = System.nanoTime();
                for (int i = 0; i < 40; i++) {
                    topics.send(
                            "image",
                            topics.embedded("image", "closer-" + i, "i", base + sent.get() * 10L + 1_000_000, 1));
                    topics.send(
                            "text",
                            topics.embedded("text", "closer-" + i, "t", base + sent.get() * 10L + 1_000_000, 1));
                }
                topics.flush();
                while (unread(topics) > 0) {
                    assertThat(process.isAlive())
                            .as(Files.readString(folder.resolve("err.log")))
                            .isTrue();
                    assertThat((System.nanoTime() - closed) / 1e9)
                            .as("seconds of catching up")
                            .isLessThan(60 + 10 * elapsed);
                    look(process, metrics);
                    TimeUnit.SECONDS.sleep(1);
                }
                double catchingUp = (System.nanoTime() - closed) / 1e9;
                await(
                        "every subject's result",
                        process,
                        Duration.ofMinutes(2),
                        () -> results(topics).size() >= sent.get());
                System.err.printf(
                        Locale.ROOT,
                        "overload: %.1f subjects/s when tried; for %.0f s %.1f/s sent, %.1f/s taken; %d pictures unread "
                                + "then, caught up after %.0f s (%.1f/s); at most %.0f windows open, resident memory "
                                + "%d MiB; %d subjects, %d results, %d dead letters%n",
                        calibrated,
                        elapsed,
                        overload / elapsed,
                        taken,
                        unread,
                        catchingUp,
                        unread / catchingUp,
                        mostOpen,
                        mostBytes >> 20,
                        sent.get(),
                        results(topics).size(),
                        topics.read("media.dead-letters", new DeadLetter()).size());
                assertThat(overload / elapsed)
                        .as("it was an overload, and what the models cannot take is not read")
                        .isGreaterThan(2 * Math.max(calibrated, taken));
                assertThat(mostOpen)
                        .as("texts that are ahead of their pictures, which are slower")
                        .isLessThan(MAX_AHEAD);
                assertThat(mostBytes).isLessThan(MAX_BYTES);
                Map<String, List<SentimentResult>> bySubject =
                        results(topics).stream().collect(Collectors.groupingBy(SentimentResult::getSubjectId));
                assertThat(bySubject).hasSize(sent.get());
                bySubject.values().forEach(own -> {
                    assertThat(own).hasSize(1);
                    assertThat(own.get(0).getStatus()).isEqualTo("FINAL");
                    assertThat(own.get(0).getInputs())
                            .extracting(InputReference::getEventId)
                            .containsExactly("i", "t");
                });
                assertThat(topics.read("media.dead-letters", new DeadLetter()))
                        .hasSize((sent.get() + PAIRS_OF_RUBBISH - 1) / PAIRS_OF_RUBBISH);
            } finally {
                process.destroy();
                assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                        .isTrue();
            }
        }
    }

    private static List<SentimentResult> results(TestTopics topics) throws Exception {
        return topics.read("results.sentiment", new SentimentResult()).stream()
                .filter(result -> result.getSubjectId().startsWith("o"))
                .toList();
    }
}
