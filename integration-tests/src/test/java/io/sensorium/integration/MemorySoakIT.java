// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static io.sensorium.integration.CommandProcess.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.quickstart.replay.EventProducer;
import io.sensorium.quickstart.replay.ReplayEvent;
import io.sensorium.quickstart.replay.SampleStream;
import io.sensorium.results.DeadLetter;
import io.sensorium.schemas.ConfluentSchemaRegistry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
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
 * of the JVM. Time is counted in results, since caches and arenas fill with the records that are processed, however
 * long a busy machine takes for them. The build waits for {@code -Dsoak.results} of them, which takes some 100 s; the
 * profile {@code -Psoak} for 5,300, which is an hour's worth of events at ten a second.
 */
class MemorySoakIT {

    private static final int RESULTS = Integer.getInteger("sensorium.soak.results", 360);
    private static final int EVENTS_PER_SECOND = 25;
    private static final Duration PATIENCE = Duration.ofSeconds(300 + RESULTS);

    /** What caches, thread stacks and compiled code may still grow by in the second half. */
    private static final long TOLERATED_BYTES = 48L << 20;

    private static final Pattern USED = Pattern.compile("used (\\d+)K");

    @TempDir
    Path folder;

    /** How many bytes there were when so many results had come. */
    private record Sample(int results, long bytes) {}

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
            List<Sample> resident = new ArrayList<>();
            List<Sample> live = new ArrayList<>();
            int sent = 0;
            int results = 0;
            List<ReplayEvent> lap = SampleStream.bundled();
            long begin = System.nanoTime();
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
                long nextSample = begin;
                for (; results < RESULTS; sent++) {
                    LockSupport.parkNanos(begin + sent * 1_000_000_000L / EVENTS_PER_SECOND - System.nanoTime());
                    producer.send(lap.get(sent % lap.size()).inLap(sent / lap.size(), 0), Instant.now());
                    assertThat(process.isAlive())
                            .as(Files.readString(folder.resolve("err.log")))
                            .isTrue();
                    if (System.nanoTime() > nextSample) {
                        results = topics.records("results.sentiment").size();
                        resident.add(new Sample(results, CommandProcess.residentBytes(process.pid())));
                        nextSample += TimeUnit.SECONDS.toNanos(1);
                        if (live.isEmpty()
                                || results >= live.get(live.size() - 1).results() + RESULTS / 20) {
                            live.add(new Sample(results, live(process.pid())));
                        }
                        assertThat(Duration.ofNanos(System.nanoTime() - begin))
                                .as("time until %d results, of which %d have come", RESULTS, results)
                                .isLessThan(PATIENCE);
                    }
                }
            }
            int letters = topics.read("media.dead-letters", new DeadLetter()).size();
            System.err.printf(
                    "soak: %d events in %d s, %d results, %d dead letters; resident by tenths %s MiB; live heap %s MiB%n",
                    sent,
                    TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begin),
                    results,
                    letters,
                    IntStream.range(0, 10)
                            .mapToObj(tenth -> median(resident, tenth / 10.0, (tenth + 1) / 10.0) >> 20)
                            .toList(),
                    live.stream().map(sample -> sample.bytes() >> 20).toList());
            assertThat(letters).isPositive();
            assertThat(median(resident, 0.9, 2) - median(resident, 0.55, 0.65))
                    .as("native memory, from the middle to the end")
                    .isLessThan(TOLERATED_BYTES);
            assertThat(median(live, 0.75, 2) - median(live, 0.45, 0.7))
                    .as("live heap, from the middle to the end")
                    .isLessThan(TOLERATED_BYTES);
            process.destroy();
            assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        }
    }

    /**
     * The median of the samples that were taken between two shares of the results. Results come by the window, so where
     * none was taken between them, of the first after.
     */
    private static long median(List<Sample> samples, double from, double to) {
        List<Sample> after = samples.stream()
                .filter(sample -> sample.results() >= from * RESULTS)
                .toList();
        int until = (int) Math.max(to * RESULTS, after.get(0).results());
        long[] bytes = after.stream()
                .filter(sample -> sample.results() <= until)
                .mapToLong(Sample::bytes)
                .sorted()
                .toArray();
        return bytes[bytes.length / 2];
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
