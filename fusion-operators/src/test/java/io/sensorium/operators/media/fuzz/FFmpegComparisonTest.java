// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sensorium.operators.media.AudioDecoder;
import io.sensorium.operators.media.ImageDecoder;
import io.sensorium.operators.media.MediaException;
import io.sensorium.operators.media.MediaLimits;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The fuzzer's files beside what the program {@code ffmpeg} makes of them, where there is one. Values are compared
 * where both decode; where one refuses, that is counted: which files must be taken is for {@link MediaFuzzTest}. A
 * fault stands in {@code target/fuzz} with its seed; {@code -Dsensorium.fuzz.ffmpeg=png:123} tries one again.
 */
@Tag("slow")
class FFmpegComparisonTest {

    /** One in 70 of the fuzzer's, as each takes a process. */
    private static final int CASES = Integer.getInteger("sensorium.fuzz.cases", 5_000) / 100;
    /** In samples at 16 kHz. */
    private static final int SHORTEST = 64;

    private static final String ONLY = System.getProperty("sensorium.fuzz.ffmpeg", "");

    @TempDir
    Path folder;

    private final ImageDecoder pictures = new ImageDecoder(MediaLimits.DEFAULT);
    private final AudioDecoder sounds = new AudioDecoder(MediaLimits.DEFAULT);
    private final Map<String, Integer> figures = new TreeMap<>();
    private final List<String> faults = new ArrayList<>();

    @Test
    void valuesAreThoseOfTheFFmpegProgram() throws Exception {
        assumeTrue(FFmpegProgram.present(), "skipped: there is no ffmpeg program on the PATH");
        FFmpegProgram program = new FFmpegProgram(folder);
        MediaCases cases = new MediaCases();
        Path kept = Files.createDirectories(Path.of(System.getProperty("java.io.tmpdir"), "fuzz"));
        if (!ONLY.isEmpty()) {
            compare(program, cases, cases.generator(ONLY.split(":")[0]), Long.parseLong(ONLY.split(":")[1]), kept);
        }
        for (long seed = 1; ONLY.isEmpty() && seed <= CASES; seed++) {
            compare(program, cases, cases.generator(seed), seed, kept);
        }
        System.err.println("beside ffmpeg: " + figures);
        assertThat(faults).isEmpty();
        assertThat(figures.keySet())
                .as("something is compared")
                .anyMatch(figure -> !ONLY.isEmpty() || figure.endsWith(" as ffmpeg has it"));
    }

    private void compare(FFmpegProgram program, MediaCases cases, FileGenerator generator, long seed, Path kept)
            throws Exception {
        MediaCases.Case made = cases.make(generator, seed);
        String format = generator.format();
        byte[] bytes = generator.isPicture() ? Bare.picture(format, made.bytes()) : made.bytes();
        String outcome;
        try {
            String difference = generator.isPicture()
                    ? picture(program, format, bytes, made.mutations())
                    : sound(program, format, bytes, made);
            if (difference != null) {
                faults.add(format + ":" + seed + " " + difference + " " + made.mutations());
                Files.write(kept.resolve("ffmpeg-" + format + "-" + seed + ".bin"), bytes);
            }
            outcome = difference == null ? "as ffmpeg has it" : "faults";
        } catch (MediaException e) {
            outcome = "refused here";
        } catch (NotCompared e) {
            outcome = "not compared: " + e.getMessage();
        }
        figures.merge(format + " " + outcome, 1, Integer::sum);
    }

    private String picture(FFmpegProgram program, String format, byte[] bytes, List<String> mutations)
            throws Exception {
        var decoded = pictures.decode(bytes, OtherDecoders.NOT_REDUCED);
        if (format.equals("gif")) {
            GifFrame.of(bytes).checkWhole();
        }
        var other = program.picture(format, bytes);
        String difference =
                format.equals("jpeg") ? JpegComparison.difference(decoded, other) : OtherDecoders.exact(decoded, other);
        if (difference != null && format.equals("gif")) {
            GifFrame.of(bytes).excuse();
        }
        if (difference != null && format.equals("jpeg") && JpegComparison.coded(mutations)) {
            throw new NotCompared("differs where coded data or tables were changed");
        }
        return difference;
    }

    private String sound(FFmpegProgram program, String format, byte[] bytes, MediaCases.Case made) throws Exception {
        short[] decoded = sounds.decode(bytes);
        if (format.equals("wav") && WavReader.goesOn(bytes)) {
            throw new NotCompared("several chunks of data");
        }
        if (format.equals("ogg") && beginnings(bytes) > 1) {
            throw new NotCompared("several streams");
        }
        short[] other = program.sound(format, bytes);
        if (other.length == 0 && decoded.length < SHORTEST) {
            throw new NotCompared("shorter than the filter of ffmpeg's resampler");
        }
        String difference = SoundComparison.difference(decoded, other, format.equals("wav") || format.equals("flac"));
        String kind = difference == null ? null : excuse(format, bytes, made);
        if (kind != null) {
            throw new NotCompared(kind);
        }
        return difference;
    }

    /** The kind of a sound whose values may differ, or null. */
    private static String excuse(String format, byte[] bytes, MediaCases.Case made) {
        if (made.refusable()
                || format.equals("mp3")
                        && made.mutations().stream().anyMatch(mutation -> mutation.contains("frame header"))) {
            // FFmpeg's program makes a new resampler at each change, and goes by time stamps, which begin again.
            return "differs where sounds are joined or rates change midway";
        }
        boolean floats = format.equals("wav") && WavReader.floats(bytes);
        return floats && !made.mutations().isEmpty()
                ? "differs where other bytes are read as floats: infinite ones and none at all"
                : null;
    }

    /**
     * Streams that begin in an Ogg. FFmpeg's program takes the time from their pages, and keeps what a page declares to
     * be beyond a stream's end.
     */
    private static int beginnings(byte[] ogg) {
        int count = 0;
        for (int i = 0; i + 6 < ogg.length; i++) {
            count += ogg[i] == 'O'
                            && ogg[i + 1] == 'g'
                            && ogg[i + 2] == 'g'
                            && ogg[i + 3] == 'S'
                            && (ogg[i + 5] & 2) != 0
                    ? 1
                    : 0;
        }
        return count;
    }
}
