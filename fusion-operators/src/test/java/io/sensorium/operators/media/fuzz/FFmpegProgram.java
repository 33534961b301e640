// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media.fuzz;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The program {@code ffmpeg}, where the machine has one: another build of FFmpeg, with its own containers, resampler
 * and decoders of pictures.
 */
final class FFmpegProgram {

    private static final Pattern SIZE = Pattern.compile("Stream #0:0.*Video: rawvideo.* (\\d+)x(\\d+)[ ,]");

    /**
     * Formats of which it makes up what is missing, unless it is told to end at an error; of the others it would end at
     * what follows the first frame, or at an incomplete last sample.
     */
    private static final Set<String> STRICT = Set.of("jpeg_pipe", "gif", "webp_pipe");

    private final Path folder;

    FFmpegProgram(Path folder) {
        this.folder = folder;
    }

    /** Whether it is on the path. */
    static boolean present() {
        try {
            Process process = new ProcessBuilder("ffmpeg", "-version")
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** At 16 kHz, mono, 16 bit. */
    short[] sound(String format, byte[] file) throws Exception {
        byte[] raw = run(format, file, List.of("-vn", "-ac", "1", "-ar", "16000", "-f", "s16le"));
        short[] samples = new short[raw.length / 2];
        ByteBuffer.wrap(raw).order(ByteOrder.LITTLE_ENDIAN).asShortBuffer().get(samples);
        return samples;
    }

    /** The first frame, on white, not turned. */
    BufferedImage picture(String format, byte[] file) throws Exception {
        byte[] raw = run(
                format.equals("gif") ? "gif" : format + "_pipe",
                file,
                List.of("-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "bgra"));
        Matcher size = SIZE.matcher(Files.readString(folder.resolve("log"), StandardCharsets.ISO_8859_1));
        // The first such line is of the input where that is one, else of the output; the last is of the output.
        int width = 0;
        int height = 0;
        while (size.find()) {
            width = Integer.parseInt(size.group(1));
            height = Integer.parseInt(size.group(2));
        }
        if (raw.length == 0 || raw.length != 4 * width * height) {
            throw new NotCompared("refused by ffmpeg");
        }
        BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < width * height; i++) {
            int alpha = raw[4 * i + 3] & 255;
            int rgb = 0;
            for (int channel = 2; channel >= 0; channel--) {
                rgb = rgb << 8 | ((raw[4 * i + channel] & 255) * alpha + 255 * (255 - alpha) + 127) / 255;
            }
            picture.setRGB(i % width, i / width, rgb);
        }
        return picture;
    }

    private byte[] run(String format, byte[] file, List<String> output)
            throws IOException, InterruptedException, NotCompared {
        Path in = folder.resolve("in");
        Path raw = folder.resolve("raw");
        Files.write(in, file);
        Files.deleteIfExists(raw);
        List<String> command = new ArrayList<>(
                List.of("ffmpeg", "-hide_banner", "-nostdin", "-threads", "1", "-f", format, "-i", in.toString()));
        command.addAll(output);
        if (STRICT.contains(format)) {
            command.add("-xerror");
        }
        command.addAll(List.of("-fs", "64M", "-y", raw.toString()));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start();
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
            throw new NotCompared("slow in ffmpeg");
        }
        if (format.equals("webp_pipe")
                && Files.readString(folder.resolve("log"), StandardCharsets.ISO_8859_1)
                        .contains("unsupported chunk: ANMF")) {
            throw new NotCompared("animation that ffmpeg does not know");
        }
        if (process.exitValue() != 0 || !Files.exists(raw)) {
            throw new NotCompared("refused by ffmpeg");
        }
        return Files.readAllBytes(raw);
    }
}
