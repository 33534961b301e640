// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import io.sensorium.operators.media.MediaException.Problem;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * A decoder process, seen from the one that started it. It has a small heap, a limit on its address space, none of the
 * environment's secrets, and ends with its starter. For one thread at a time; {@link #kill} from any.
 */
final class DecoderProcess {

    private static final int START_SECONDS = 60;
    private static final int HEAP_MEBIBYTES = 128;
    /** Address space that a JVM reserves besides its heap, with FFmpeg's libraries. */
    private static final long RESERVED_MEBIBYTES = 1024;
    /** A decoder's and a scaler's memory for one pixel. */
    private static final long BYTES_A_PIXEL = 16;
    /**
     * Of the environment only what finds programs, texts and folders: tokens and options are not for a process that
     * reads hostile files.
     */
    private static final List<String> PASSED_ON =
            List.of("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH");

    private final Process process;
    private final DataOutputStream out;
    private final DataInputStream in;
    private final ScheduledExecutorService clock;
    private volatile boolean busy;
    private long idleSince = System.nanoTime();

    private DecoderProcess(Process process, ScheduledExecutorService clock) {
        this.process = process;
        this.clock = clock;
        out = new DataOutputStream(new BufferedOutputStream(process.getOutputStream(), 1 << 16));
        in = new DataInputStream(new BufferedInputStream(process.getInputStream(), 1 << 16));
    }

    /**
     * Starts one and waits until it takes requests.
     *
     * @param options further options of its JVM
     * @throws IOException when it does not start, with what it printed
     */
    static DecoderProcess start(MediaLimits limits, List<String> options, ScheduledExecutorService clock)
            throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command(limits, options));
        Map<String, String> environment = builder.environment();
        environment.keySet().retainAll(PASSED_ON);
        environment.put("MALLOC_ARENA_MAX", "2");
        DecoderProcess started = new DecoderProcess(builder.start(), clock);
        ScheduledFuture<?> late = clock.schedule(started::kill, START_SECONDS, TimeUnit.SECONDS);
        try {
            if (started.in.readUnsignedByte() != DecoderRequest.READY) {
                throw new IOException("an unexpected answer");
            }
            return started;
        } catch (IOException e) {
            String how = started.end();
            started.kill();
            throw new IOException("the media decoder's process does not start: " + how, e);
        } finally {
            late.cancel(false);
        }
    }

    private static List<String> command(MediaLimits limits, List<String> options) throws IOException {
        // A file is held encoded and decoded, and while it is copied, twice.
        long heap = HEAP_MEBIBYTES
                + (4 * limits.maxBytes() + 6 * limits.maxAudio().toSeconds() * AudioDecoder.SAMPLE_RATE >> 20);
        long space = heap + RESERVED_MEBIBYTES + (limits.maxPixels() * BYTES_A_PIXEL >> 20);
        List<String> command = new ArrayList<>();
        if (System.getProperty("os.name").equals("Linux")) {
            command.addAll(
                    List.of("/bin/sh", "-c", "ulimit -c 0; ulimit -v " + (space << 10) + "; exec \"$@\"", "decoder"));
        }
        command.addAll(List.of(
                System.getProperty("java.home") + "/bin/java",
                "-Xmx" + heap + "m",
                "-Xms16m",
                "-Xss512k",
                "-XX:+UseSerialGC",
                "-XX:+DisplayVMOutputToStderr",
                "-XX:ReservedCodeCacheSize=32m",
                "-XX:CompressedClassSpaceSize=32m",
                "-XX:MaxMetaspaceSize=64m",
                "-XX:+ExitOnOutOfMemoryError",
                "-XX:+SuppressFatalErrorMessage",
                "-XX:-UsePerfData",
                "-Xshare:auto",
                "-Djava.awt.headless=true",
                "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0",
                "-Dorg.bytedeco.javacpp.maxBytes=0"));
        String cache = System.getProperty("org.bytedeco.javacpp.cachedir");
        if (cache != null) {
            command.add("-Dorg.bytedeco.javacpp.cachedir=" + cache);
        }
        command.addAll(options);
        command.addAll(List.of(
                "-cp",
                DecoderClassPath.find(),
                DecoderWorker.class.getName(),
                "" + limits.maxBytes(),
                "" + limits.maxPixels(),
                "" + limits.maxAudio().toMillis(),
                "" + limits.maxDecode().toMillis()));
        return command;
    }

    /**
     * Has something decoded; kills the process at the deadline.
     *
     * @throws MediaException when the media are at fault
     * @throws IOException when the process ended
     */
    <T> T decode(DecoderRequest<T> request, Deadline deadline) throws MediaException, IOException {
        busy = true;
        ScheduledFuture<?> late = clock.schedule(this::kill, deadline.leftMillis(), TimeUnit.MILLISECONDS);
        try {
            request.write(out);
            out.flush();
            int status = in.readUnsignedByte();
            if (status == DecoderRequest.DECODED) {
                return request.readResult(in);
            }
            if (status != DecoderRequest.REFUSED) {
                throw new IOException("an unexpected answer: " + status);
            }
            throw new MediaException(Problem.values()[in.readUnsignedByte()], in.readUTF());
        } finally {
            late.cancel(false);
            busy = false;
            idleSince = System.nanoTime();
        }
    }

    boolean alive() {
        return process.isAlive();
    }

    boolean busy() {
        return busy;
    }

    long pid() {
        return process.pid();
    }

    /** Ends it at once, whatever it does. */
    void kill() {
        process.destroyForcibly();
    }

    long idleNanos() {
        return System.nanoTime() - idleSince;
    }

    /**
     * How it ended, with what it printed; waits a moment for that, and must come before {@link #kill}, which closes its
     * pipes.
     */
    String end() {
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                return "it is still running";
            }
            InputStream printed = process.getErrorStream();
            String text = new String(
                            printed.readNBytes(Math.min(2_000, Math.max(0, printed.available()))),
                            StandardCharsets.UTF_8)
                    .strip();
            int status = process.exitValue();
            String how =
                    status == 3 ? "out of memory" : status > 128 ? "signal " + (status - 128) : "exit status " + status;
            return text.isEmpty() ? how : how + ", \"" + text + "\"";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        } catch (IOException e) {
            return "unknown: " + e.getMessage();
        }
    }
}
