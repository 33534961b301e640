// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sensorium.operators.media.AudioFile.Container;
import io.sensorium.operators.media.MediaException.Problem;
import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("slow")
class DecoderPoolTest {

    private static final long PATIENCE_SECONDS = 120;

    private DecoderPool pool;

    @AfterEach
    void close() {
        pool.close();
    }

    private static SoundRequest sound(int times) throws Exception {
        return new SoundRequest(Container.FLAC, Collections.nCopies(times, SampleMedia.sound("flac", 48_000, 2, 1)), 0);
    }

    private static DecoderProcess busy(DecoderPool pool, CompletableFuture<?> until) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (System.nanoTime() < deadline && !until.isDone()) {
            for (DecoderProcess process : pool.processes()) {
                if (process.busy()) {
                    return process;
                }
            }
            Thread.onSpinWait();
        }
        throw new AssertionError("no process became busy before " + until);
    }

    private static MediaLimits limits(Duration maxDecode) {
        return new MediaLimits(64L << 20, 50_000_000, Duration.ofMinutes(10), maxDecode);
    }

    @Test
    void aFileWhoseProcessIsKilledIsDecodedInAnother() throws Exception {
        pool = new DecoderPool(limits(Duration.ofSeconds(PATIENCE_SECONDS)), List.of());
        long deaths = MediaCounters.decoderDeaths();
        SoundRequest request = sound(500);
        pool.warmUp();
        CompletableFuture<short[]> samples = CompletableFuture.supplyAsync(() -> samples(request));
        DecoderProcess first = busy(pool, samples);
        assertThat(ProcessHandle.of(first.pid()).orElseThrow().destroyForcibly())
                .isTrue();
        short[] decoded = samples.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertThat(decoded)
                .hasSize(500 * 16_000)
                .isEqualTo(request.decode(limits(Duration.ofSeconds(PATIENCE_SECONDS)))
                        .samples());
        assertThat(MediaCounters.decoderDeaths()).isEqualTo(deaths + 1);
        assertThat(pool.processes()).hasSize(1).doesNotContain(first).allMatch(DecoderProcess::alive);
    }

    private short[] samples(SoundRequest request) {
        try {
            return pool.decode(request).samples();
        } catch (MediaException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * The JVM option makes a real crash (SIGABRT) out of running short of memory, which the long sound does in so small
     * a heap.
     */
    @Test
    void aFileThatCrashesTwoProcessesIsCorruptAndTheNextIsDecoded() throws Exception {
        pool = new DecoderPool(
                limits(Duration.ofSeconds(PATIENCE_SECONDS)), List.of("-Xmx20m", "-XX:+CrashOnOutOfMemoryError"));
        long deaths = MediaCounters.decoderDeaths();
        assertThat(pool.decode(sound(1)).samples()).hasSize(16_000);
        SoundRequest large = sound(590);
        assertThatThrownBy(() -> pool.decode(large))
                .isInstanceOfSatisfying(
                        MediaException.class, e -> assertThat(e.problem()).isEqualTo(Problem.CORRUPT))
                .hasMessageContainingAll("flac", "ended two decoder processes", "signal 6");
        assertThat(MediaCounters.decoderDeaths()).isEqualTo(deaths + 2);
        assertThat(pool.decode(sound(1)).samples()).hasSize(16_000);
    }

    @Test
    void aProcessThatDoesNotAnswerIsKilledAtTheDeadline() throws Exception {
        MediaLimits limits = limits(Duration.ofSeconds(2));
        pool = new DecoderPool(limits, List.of());
        long timeouts = MediaCounters.decoderTimeouts();
        pool.warmUp();
        DecoderProcess stopped = pool.processes().iterator().next();
        // It stops as one in an endless loop of native code would: it notices no deadline.
        assertThat(new ProcessBuilder("kill", "-STOP", "" + stopped.pid())
                        .start()
                        .waitFor())
                .isZero();
        long since = System.nanoTime();
        SoundRequest request = sound(1);
        assertThatThrownBy(() -> pool.decode(request))
                .isInstanceOfSatisfying(
                        MediaException.class, e -> assertThat(e.problem()).isEqualTo(Problem.TOO_LARGE))
                .hasMessageContaining("2000 ms");
        assertThat(System.nanoTime() - since)
                .isBetween(TimeUnit.MILLISECONDS.toNanos(2_000), TimeUnit.SECONDS.toNanos(20));
        assertThat(MediaCounters.decoderTimeouts()).isEqualTo(timeouts + 1);
        assertThat(pool.decode(request).samples()).hasSize(16_000);
    }

    @Test
    void aProcessEndsWithItsStarterEvenWhileItDecodes() throws Exception {
        pool = new DecoderPool(MediaLimits.DEFAULT, List.of());
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        Process worker = new ProcessBuilder(
                        java,
                        "-cp",
                        DecoderClassPath.find(),
                        DecoderWorker.class.getName(),
                        "" + (16 << 20),
                        "50000000",
                        "600000",
                        "600000")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(worker.getInputStream().read()).isEqualTo(DecoderRequest.READY);
        sound(590).write(new java.io.DataOutputStream(worker.getOutputStream()));
        worker.getOutputStream().close();
        assertThat(worker.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(worker.exitValue()).isZero();
    }

    @Test
    void whatHindersTheStartIsInTheMessage() {
        pool = new DecoderPool(MediaLimits.DEFAULT, List.of("-XX:NoSuchOption"));
        assertThatThrownBy(() -> pool.warmUp())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll("does not start", "NoSuchOption");
    }

    /** As in a Flink cluster: the classes come from a class loader of the job's own, not from the JVM's class path. */
    @Test
    void processesStartFromAnotherClassLoader() throws Exception {
        pool = new DecoderPool(MediaLimits.DEFAULT, List.of());
        URL[] places = Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(place -> {
                    try {
                        return Path.of(place).toUri().toURL();
                    } catch (java.net.MalformedURLException e) {
                        throw new IllegalStateException(e);
                    }
                })
                .toArray(URL[]::new);
        byte[] flac = SampleMedia.sound("flac", 48_000, 2, 1);
        String cache = System.getProperty("org.bytedeco.javacpp.cachedir");
        try (URLClassLoader loader = new URLClassLoader(places, ClassLoader.getPlatformClassLoader())) {
            Class<?> limits = loader.loadClass(MediaLimits.class.getName());
            Class<?> decoder = loader.loadClass(AudioDecoder.class.getName());
            Object other = decoder.getConstructor(limits)
                    .newInstance(limits.getField("DEFAULT").get(null));
            assertThat(decoder).isNotSameAs(AudioDecoder.class);
            assertThat((short[]) decoder.getMethod("decode", byte[].class).invoke(other, (Object) flac))
                    .hasSize(16_000);
        } finally {
            for (String property : Arrays.asList("ENGINE_CACHE_DIR", "DJL_CACHE_DIR")) {
                System.clearProperty(property);
            }
            if (cache == null) {
                System.clearProperty("org.bytedeco.javacpp.cachedir");
            }
        }
    }
}
