// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks.preprocessing;

import io.sensorium.benchmarks.load.InterleavedRuns;
import io.sensorium.benchmarks.load.Workload;
import io.sensorium.benchmarks.report.Report;
import io.sensorium.operators.media.AudioDecoder;
import io.sensorium.operators.media.ImageDecoder;
import io.sensorium.operators.media.ImageResizer;
import io.sensorium.operators.media.MediaException;
import io.sensorium.operators.media.MediaLimits;
import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import javax.imageio.ImageIO;

/**
 * One thread of ours compared with one process of a peer, on the same files. A peer gets all files in one process where
 * it takes several, so that starting processes is not what is measured. For one thread.
 */
public final class PreprocessingBench {

    private static final int SIDE = 299;
    private static final int FILES = 24;
    private static final int SECONDS_OF_SOUND = 4;

    /**
     * @param rounds how often each contender runs
     * @param seconds of each run
     */
    public record Plan(int rounds, double seconds) {}

    private final Plan plan;
    private final Path folder;
    private final PrintStream progress;
    private final Report report = new Report("preprocessing");

    /** @param folder of its own, for the files */
    public PreprocessingBench(Plan plan, Path folder, PrintStream progress) {
        this.plan = plan;
        this.folder = folder;
        this.progress = progress;
    }

    /**
     * Runs everything. Peers that are not installed are left out, and named.
     *
     * @throws Exception when a contender fails
     */
    public Report run() throws Exception {
        InterleavedRuns rounds = new InterleavedRuns(plan.rounds(), plan.seconds(), progress);
        for (int[] size : new int[][] {{500, 375}, {1600, 1200}}) {
            String workload = "jpeg-" + size[0] + "x" + size[1];
            List<Path> pictures = pictures(workload, size[0], size[1]);
            List<byte[]> bytes = read(pictures);
            Map<String, Callable<Workload>> contenders = new LinkedHashMap<>();
            contenders.put(InterleavedRuns.OURS, () -> pictureLoad(bytes));
            peer(contenders, "libjpeg-turbo-djpeg", "djpeg", () -> djpeg(pictures, size[0], size[1]));
            peer(
                    contenders,
                    "ffmpeg",
                    "ffmpeg",
                    () -> new ProcessLoad(
                            List.of(
                                    "ffmpeg",
                                    "-v",
                                    "error",
                                    "-threads",
                                    "1",
                                    "-i",
                                    folder.resolve(workload + "-%02d.jpg").toString(),
                                    "-vf",
                                    "scale=" + SIDE + ":" + SIDE + ":flags=bilinear",
                                    "-threads",
                                    "1",
                                    "-f",
                                    "rawvideo",
                                    "-pix_fmt",
                                    "rgb24",
                                    "-y",
                                    "/dev/null"),
                            FILES));
            rounds.measure(workload, contenders, "pictures", report);
        }
        List<Path> sounds = sounds();
        List<byte[]> bytes = read(sounds);
        Map<String, Callable<Workload>> contenders = new LinkedHashMap<>();
        contenders.put(InterleavedRuns.OURS, () -> soundLoad(bytes));
        peer(contenders, "ffmpeg", "ffmpeg", () -> new ProcessLoad(ffmpegSounds(sounds), FILES));
        rounds.measure("sound-resample", contenders, "sounds of " + SECONDS_OF_SOUND + " s", report);
        return report;
    }

    private void peer(
            Map<String, Callable<Workload>> contenders, String name, String program, Callable<Workload> load) {
        boolean there = java.util.Arrays.stream(System.getenv("PATH").split(java.io.File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
        if (there) {
            contenders.put(name, load);
        } else {
            progress.println(program + " is not on the path, so " + name
                    + " does not take part; Debian's packages libjpeg-turbo-progs and ffmpeg have both");
        }
    }

    private static List<byte[]> read(List<Path> files) throws IOException {
        List<byte[]> bytes = new ArrayList<>();
        for (Path file : files) {
            bytes.add(Files.readAllBytes(file));
        }
        return bytes;
    }

    private static Workload pictureLoad(List<byte[]> pictures) {
        ImageDecoder decoder = new ImageDecoder(MediaLimits.DEFAULT);
        ImageResizer scaler = new ImageResizer(SIDE);
        FloatBuffer out = ByteBuffer.allocateDirect(SIDE * SIDE * 3 * Float.BYTES)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
        return each(pictures, picture -> scaler.scale(decoder.decode(picture, SIDE), out.clear()));
    }

    private static Workload soundLoad(List<byte[]> sounds) {
        AudioDecoder decoder = new AudioDecoder(MediaLimits.DEFAULT);
        return each(sounds, decoder::decode);
    }

    private interface Step {
        void run(byte[] file) throws MediaException;
    }

    private static Workload each(List<byte[]> files, Step step) {
        AtomicInteger next = new AtomicInteger();
        return Workload.threads(List.of(() -> {
            step.run(files.get(next.getAndIncrement() % files.size()));
            return 1;
        }));
    }

    /** djpeg takes a file a process; it shrinks by eighths while it decodes, which is its own way to resize. */
    private static Workload djpeg(List<Path> pictures, int width, int height) {
        int eighths = Math.max(1, Math.min(8, (int) Math.ceil(8.0 * SIDE / Math.min(width, height))));
        List<List<String>> commands = pictures.stream()
                .map(picture -> List.of("djpeg", "-scale", eighths + "/8", "-outfile", "/dev/null", picture.toString()))
                .toList();
        return seconds -> {
            long start = System.nanoTime();
            long done = 0;
            while (System.nanoTime() - start < seconds * 1e9) {
                ProcessLoad.run(commands.get((int) (done++ % commands.size())));
            }
            return done * 1e9 / (System.nanoTime() - start);
        };
    }

    private static List<String> ffmpegSounds(List<Path> sounds) {
        List<String> command = new ArrayList<>(List.of("ffmpeg", "-v", "error", "-y"));
        sounds.forEach(sound -> command.addAll(List.of("-threads", "1", "-i", sound.toString())));
        for (int i = 0; i < sounds.size(); i++) {
            command.addAll(List.of(
                    "-map",
                    Integer.toString(i),
                    "-ar",
                    "16000",
                    "-ac",
                    "1",
                    "-threads",
                    "1",
                    "-f",
                    "s16le",
                    "/dev/null"));
        }
        return command;
    }

    private List<Path> pictures(String name, int width, int height) throws IOException {
        Random random = new Random(4);
        List<Path> files = new ArrayList<>();
        for (int i = 0; i < FILES; i++) {
            BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
            Graphics2D graphics = image.createGraphics();
            for (int shape = 0; shape < 200; shape++) {
                graphics.setPaint(new GradientPaint(
                        random.nextInt(width),
                        random.nextInt(height),
                        new Color(random.nextInt(1 << 24)),
                        random.nextInt(width),
                        random.nextInt(height),
                        new Color(random.nextInt(1 << 24))));
                graphics.fillOval(
                        random.nextInt(width),
                        random.nextInt(height),
                        5 + random.nextInt(width / 4),
                        5 + random.nextInt(height / 4));
            }
            graphics.dispose();
            ByteArrayOutputStream jpeg = new ByteArrayOutputStream();
            ImageIO.write(image, "jpeg", jpeg);
            files.add(Files.write(folder.resolve("%s-%02d.jpg".formatted(name, i)), jpeg.toByteArray()));
        }
        return files;
    }

    /** 44.1 kHz stereo, 16 bit: to be resampled and mixed. */
    private List<Path> sounds() throws IOException {
        List<Path> files = new ArrayList<>();
        Random random = new Random(6);
        for (int i = 0; i < FILES; i++) {
            int frames = 44_100 * SECONDS_OF_SOUND;
            ByteBuffer wav = ByteBuffer.allocate(44 + frames * 4).order(ByteOrder.LITTLE_ENDIAN);
            wav.put("RIFF".getBytes(StandardCharsets.UTF_8))
                    .putInt(36 + frames * 4)
                    .put("WAVEfmt ".getBytes(StandardCharsets.UTF_8))
                    .putInt(16)
                    .putShort((short) 1)
                    .putShort((short) 2)
                    .putInt(44_100)
                    .putInt(44_100 * 4)
                    .putShort((short) 4)
                    .putShort((short) 16)
                    .put("data".getBytes(StandardCharsets.UTF_8))
                    .putInt(frames * 4);
            double pitch = 100 + random.nextInt(400);
            for (int frame = 0; frame < frames; frame++) {
                short value =
                        (short) (8_000 * Math.sin(2 * Math.PI * pitch * frame / 44_100) + 500 * random.nextGaussian());
                wav.putShort(value).putShort(value);
            }
            files.add(Files.write(folder.resolve("sound-%02d.wav".formatted(i)), wav.array()));
        }
        return files;
    }
}
