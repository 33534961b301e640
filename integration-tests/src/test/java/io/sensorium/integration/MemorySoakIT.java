// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sensorium.quickstart.replay.EventProducer;
import io.sensorium.quickstart.replay.ReplayEvent;
import io.sensorium.quickstart.replay.SampleStream;
import io.sensorium.results.DeadLetter;
import io.sensorium.results.SentimentResult;
import io.sensorium.schemas.ConfluentSchemaRegistry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A {@code run} process takes the sample's media, broken ones too, lap after lap, at 25 events a second. Its heap is
 * laid out and touched at the start, so what the process grows by is native memory; what is live in the heap is asked
 * of the JVM. The build runs it for {@code -Dsoak.seconds} (100; caches and arenas have filled after some 60), the
 * profile {@code -Psoak} for 24 minutes, which is an hour's worth of events at ten a second.
 */
class MemorySoakIT {

    private static final int SECONDS = Integer.getInteger("sensorium.soak.seconds", 100);
    private static final int EVENTS_PER_SECOND = 25;

    /** What caches, thread stacks and compiled code may still grow by in the second half. */
    private static final long TOLERATED_BYTES = 48L << 20;

    private static final Pattern USED = Pattern.compile("used (\\d+)K");

    @TempDir
    Path folder;

    @Test
    void neitherHeapNorNativeMemoryGrows() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 2)) {
            Path file = folder.resolve("pipeline.yaml");
            Files.writeString(
                    file,
                    topics.yaml(
                            "strategy: tumbling, size: 5s, min_modalities: 1",
                            "parallelism: 2, checkpoint_interval: 1s, http: off, state_dir: \""
                                    + folder.resolve("state") + "\""));
            Process process = CommandProcess.start(
                    folder, List.of("-Xms768m", "-Xmx768m", "-XX:+AlwaysPreTouch"), "run", "-c", file.toString());
            List<Long> resident = new ArrayList<>();
            List<Long> live = new ArrayList<>();
            int sent = 0;
            List<ReplayEvent> lap = SampleStream.bundled();
            try (EventProducer producer = new EventProducer(
                    SharedStack.get().bootstrapServers(),
                    new ConfluentSchemaRegistry(SharedStack.get().registryUrl(), Map.of()),
                    Map.of(
                            "image",
                            topics.topic("image"),
                            "text",
                            topics.topic("text"),
                            "audio",
                            topics.topic("audio")))) {
                long begin = System.nanoTime();
                long nextSample = begin;
                for (; System.nanoTime() - begin < TimeUnit.SECONDS.toNanos(SECONDS); sent++) {
                    LockSupport.parkNanos(begin + sent * 1_000_000_000L / EVENTS_PER_SECOND - System.nanoTime());
                    producer.send(lap.get(sent % lap.size()).inLap(sent / lap.size(), 0), Instant.now());
                    assertThat(process.isAlive())
                            .as(Files.readString(folder.resolve("err.log")))
                            .isTrue();
                    if (System.nanoTime() > nextSample) {
                        resident.add(CommandProcess.residentBytes(process.pid()));
                        nextSample += TimeUnit.SECONDS.toNanos(1);
                        if (resident.size() % Math.max(4, SECONDS / 20) == 0) {
                            live.add(live(process.pid()));
                        }
                    }
                }
            }
            // How much is done by now depends on what else the machine does; that it gets done does not.
            int least = sent / 8;
            await("more than " + least + " results: it worked all the time")
                    .atMost(Duration.ofMinutes(3))
                    .until(() -> topics.read("results.sentiment", new SentimentResult())
                                    .size()
                            > least);
            int results =
                    topics.read("results.sentiment", new SentimentResult()).size();
            int letters = topics.read("media.dead-letters", new DeadLetter()).size();
            long[] middle = of(resident, 0.55, 0.65);
            long[] end = of(resident, 0.9, 1);
            System.err.printf(
                    "soak: %d events in %d s, %d results, %d dead letters; resident by tenths %s MiB; live heap %s MiB%n",
                    sent,
                    SECONDS,
                    results,
                    letters,
                    IntStream.range(0, 10)
                            .mapToObj(tenth -> median(of(resident, tenth / 10.0, (tenth + 1) / 10.0)) >> 20)
                            .toList(),
                    live.stream().map(bytes -> bytes >> 20).toList());
            assertThat(letters).isPositive();
            assertThat(median(end) - median(middle))
                    .as("native memory, from the middle to the end")
                    .isLessThan(TOLERATED_BYTES);
            assertThat(median(of(live, 0.75, 1)) - median(of(live, 0.45, 0.7)))
                    .as("live heap, from the middle to the end")
                    .isLessThan(TOLERATED_BYTES);
            process.destroy();
            assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
        }
    }

    private static long[] of(List<Long> values, double from, double to) {
        return values
                .subList((int) (from * (values.size() - 1)), Math.max((int) (from * (values.size() - 1)) + 1, (int)
                        (to * values.size())))
                .stream()
                .mapToLong(Long::longValue)
                .toArray();
    }

    private static long median(long[] values) {
        long[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    /** What a full collection leaves. */
    private static long live(long pid) throws Exception {
        jcmd(pid, "GC.run");
        Matcher used = USED.matcher(jcmd(pid, "GC.heap_info"));
        // G1, which CommandProcess's JVM has by default, names the whole heap first.
        assertThat(used.find()).isTrue();
        return Long.parseLong(used.group(1)) << 10;
    }

    private static String jcmd(long pid, String command) throws Exception {
        Process jcmd = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(), Long.toString(pid), command)
                .redirectErrorStream(true)
                .start();
        String output = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(jcmd.waitFor()).as(output).isZero();
        return output;
    }
}
