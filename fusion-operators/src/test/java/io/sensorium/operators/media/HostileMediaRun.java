// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Decodes hostile media, in a process of its own, so that one that brings it down is noticed: what is being decoded
 * stands in a file meanwhile. Argument: a folder with the files, good ones and bombs. Prints a line of what was seen;
 * ends with 1 where something other than a picture, a sound or a refusal came out.
 */
final class HostileMediaRun {

    private static final int SIDE = 224;

    private final ImageDecoder pictures = new ImageDecoder(MediaLimits.DEFAULT);
    private final AudioDecoder sounds = new AudioDecoder(MediaLimits.DEFAULT);
    private final ImageResizer scaler = new ImageResizer(SIDE);
    private final FloatBuffer pixels = FloatBuffer.allocate(SIDE * SIDE * 3);
    private final Map<String, Integer> outcomes = new TreeMap<>();
    private final Path folder;
    private long longestNanos;
    private String longest = "";
    private int escaped;
    private long peak;

    private HostileMediaRun(Path folder) {
        this.folder = folder;
    }

    public static void main(String[] arguments) throws Exception {
        HostileMediaRun run = new HostileMediaRun(Path.of(arguments[0]));
        Map<String, byte[]> good = read(run.folder.resolve("good"));
        for (Map.Entry<String, byte[]> one : good.entrySet()) {
            run.decode("whole " + one.getKey(), one.getValue(), true);
        }
        for (Map.Entry<String, byte[]> bomb : read(run.folder.resolve("bombs")).entrySet()) {
            run.decode(bomb.getKey(), bomb.getValue(), false);
        }
        System.out.printf(
                "%s, longest %d ms (%s), peak resident memory %d MiB%n",
                run.outcomes, run.longestNanos / 1_000_000, run.longest, run.peak);
        System.exit(run.escaped == 0 ? 0 : 1);
    }

    private static Map<String, byte[]> read(Path folder) throws IOException {
        Map<String, byte[]> files = new TreeMap<>();
        try (Stream<Path> all = Files.list(folder)) {
            for (Path file : all.toList()) {
                files.put(file.getFileName().toString(), Files.readAllBytes(file));
            }
        }
        return files;
    }

    private static long peakMebibytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                        .filter(line -> line.startsWith("VmHWM"))
                        .map(line -> line.replaceAll("\\D", ""))
                        .mapToLong(Long::parseLong)
                        .findFirst()
                        .orElse(0)
                >> 10;
    }

    private void decode(String what, byte[] bytes, boolean whole) throws Exception {
        Files.writeString(folder.resolve("decoding"), what);
        long since = System.nanoTime();
        String outcome;
        try {
            if (ImageDecoder.format(bytes) != null) {
                BufferedImage picture = pictures.decode(bytes, SIDE);
                scaler.scale(picture, pixels.clear());
                outcome = "picture";
            } else {
                sounds.decode(bytes);
                outcome = "sound";
            }
        } catch (MediaException e) {
            outcome = whole
                    ? "a whole file was refused: " + what + ": " + e.getMessage()
                    : e.problem().name();
            escaped += whole ? 1 : 0;
        } catch (Throwable e) {
            outcome = "ESCAPED";
            escaped++;
            System.out.println(what + ": " + e);
            e.printStackTrace(System.out);
            Files.write(folder.resolve("escaped-" + escaped), bytes);
        }
        long nanos = System.nanoTime() - since;
        if (nanos > longestNanos) {
            longestNanos = nanos;
            longest = what;
        }
        if (nanos > 2_000_000_000L) {
            System.out.println(what + " took " + nanos / 1_000_000 + " ms: " + outcome);
        }
        long now = peakMebibytes();
        if (now > peak + 100) {
            System.out.println(what + " took the peak from " + peak + " to " + now + " MiB: " + outcome);
        }
        peak = Math.max(peak, now);
        outcomes.merge(outcome, 1, Integer::sum);
    }
}
