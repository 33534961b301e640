// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media.fuzz;

import io.sensorium.operators.media.AudioDecoder;
import io.sensorium.operators.media.ImageDecoder;
import io.sensorium.operators.media.ImageResizer;
import io.sensorium.operators.media.MediaCounters;
import io.sensorium.operators.media.MediaException;
import io.sensorium.operators.media.MediaLimits;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Generates and decodes files, in a process of its own, so that one that ends the process is noticed: the case stands
 * in a file while it is under way. Arguments: a folder, the first seed, the number of cases, and optionally a format,
 * to try only that one. Each fault is a line that begins with FAULT.
 */
final class MediaFuzzRun {

    static final String FAULT = "FAULT ";
    static final String FIGURES = "FIGURES ";
    private static final long MAX_NANOS = 10_000_000_000L;
    /** Java's names and addresses of objects, which say nothing to who sent a file. */
    private static final Pattern INTERNAL =
            Pattern.compile("\\b(java|javax|sun|com|org|io)\\.[a-z]+\\.|@[0-9a-f]{6,}|Exception|setFormat|null\\b");

    private final ImageDecoder pictures = new ImageDecoder(MediaLimits.DEFAULT);
    private final AudioDecoder sounds = new AudioDecoder(MediaLimits.DEFAULT);
    private final OtherDecoders others = new OtherDecoders(pictures, sounds);
    private final MediaCases cases = new MediaCases();
    private final Map<String, Integer> outcomes = new TreeMap<>();
    private final Path folder;
    private long deaths;
    private long longestNanos;
    private String longest = "";

    private MediaFuzzRun(Path folder) throws Exception {
        this.folder = folder;
    }

    public static void main(String[] arguments) throws Exception {
        MediaFuzzRun run = new MediaFuzzRun(Path.of(arguments[0]));
        long first = Long.parseLong(arguments[1]);
        int cases = Integer.parseInt(arguments[2]);
        String only = arguments.length > 3 ? arguments[3] : null;
        for (long seed = first; seed < first + cases; seed++) {
            run.tryOne(only == null ? run.cases.generator(seed) : run.cases.generator(only), seed);
        }
        System.out.println(FIGURES + run.outcomes);
        System.out.printf(
                "longest %d ms (%s), decoder processes that died: %d, peak resident memory %d MiB%n",
                run.longestNanos / 1_000_000, run.longest, run.deaths, peakMebibytes());
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

    private void tryOne(FileGenerator generator, long seed) throws Exception {
        String name = generator.format() + ":" + seed;
        Files.writeString(folder.resolve("doing"), name);
        MediaCases.Case made = cases.make(generator, seed);
        byte[] bytes = made.bytes();
        Files.write(folder.resolve("doing.bin"), bytes);
        long since = System.nanoTime();
        String outcome;
        try {
            String fault = decode(generator, bytes, made.side(), made.expected());
            outcome = fault == null ? generator.isPicture() ? "picture" : "sound" : fault;
        } catch (MediaException e) {
            outcome = refusal(e, made.plain() || OtherDecoders.conforming(generator.format(), bytes));
        } catch (Throwable e) {
            outcome = FAULT + "THROWN " + e + " at " + (e.getStackTrace().length == 0 ? "?" : e.getStackTrace()[0]);
        }
        long nanos = System.nanoTime() - since;
        if (!outcome.startsWith(FAULT)
                && (outcome.equals("picture") || outcome.equals("sound"))
                && OtherDecoders.has(generator.format())) {
            outcome = compared(generator.format(), made, outcome);
        }
        if (MediaCounters.decoderDeaths() > deaths) {
            // The pool makes a refusal of it, as it should; the crash itself is worth a look.
            deaths = MediaCounters.decoderDeaths();
            System.out.println("DIED " + name + ": a decoder's process ended, " + outcome + " " + made.mutations());
            Files.write(folder.resolve("died-" + name.replace(':', '-') + ".bin"), bytes);
        }
        if (nanos > longestNanos) {
            longestNanos = nanos;
            longest = name;
        }
        if (nanos > MAX_NANOS && !outcome.startsWith(FAULT)) {
            outcome = FAULT + "SLOW " + nanos / 1_000_000 + " ms: " + outcome;
        }
        if (outcome.startsWith(FAULT)) {
            System.out.println(FAULT + name + " " + outcome.substring(FAULT.length()) + " " + made.mutations());
            Files.write(folder.resolve(name.replace(':', '-') + ".bin"), bytes);
            outcome = "faults";
        }
        outcomes.merge(generator.format() + " " + outcome, 1, Integer::sum);
    }

    /**
     * Decodes twice, as another outcome of the same bytes is a fault as well.
     *
     * @return the fault, or null
     */
    private String decode(FileGenerator generator, byte[] bytes, int side, Sample.Expected expected)
            throws MediaException {
        if (generator.isPicture()) {
            BufferedImage picture = pictures.decode(bytes, side);
            String difference =
                    expected == null ? null : Comparison.difference(picture, (Sample.Picture) expected, side);
            FloatBuffer pixels = FloatBuffer.allocate(side * side * 3);
            new ImageResizer(side).scale(picture, pixels);
            return difference == null ? null : FAULT + "WRONG " + difference;
        }
        short[] samples = sounds.decode(bytes);
        if (!Arrays.equals(samples, sounds.decode(bytes))) {
            return FAULT + "UNSTABLE other samples when decoded again";
        }
        String difference = expected == null ? null : Comparison.difference(samples, (Sample.Sound) expected);
        return difference == null ? null : FAULT + "WRONG " + difference;
    }

    /**
     * Beside another decoder.
     *
     * @return the outcome, or the fault
     */
    private String compared(String format, MediaCases.Case made, String outcome) {
        String kind = "as another decoder has it";
        try {
            String difference = others.difference(format, made.bytes(), made.mutations());
            if (difference != null) {
                return FAULT + "DIFFERENT " + difference;
            }
        } catch (NotCompared e) {
            kind = "not compared: " + e.getMessage();
        } catch (Throwable e) {
            return FAULT + "COMPARISON " + e + " at " + (e.getStackTrace().length == 0 ? "?" : e.getStackTrace()[0]);
        }
        outcomes.merge(format + " " + kind, 1, Integer::sum);
        return outcome;
    }

    private static String refusal(MediaException e, boolean plain) {
        if (plain) {
            return FAULT + "REFUSED " + e.getMessage();
        }
        if (e.getMessage() == null || INTERNAL.matcher(e.getMessage()).find()) {
            return FAULT + "MESSAGE " + e.getMessage();
        }
        return e.problem().name();
    }
}
