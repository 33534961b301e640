package io.sensorium.operators.media.fuzz;

import io.sensorium.operators.media.MediaCounters;
import io.sensorium.operators.media.MediaException;
import io.sensorium.operators.media.MediaLimits;
import io.sensorium.operators.media.PictureDecoder;
import io.sensorium.operators.media.PictureScaler;
import io.sensorium.operators.media.SoundDecoder;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.regex.Pattern;

/**
 * Generates and decodes files, in a process of its own, so that one that ends the process is noticed: the case stands in a file while it is under way.
 * Arguments: a folder, the first seed, the number of cases, and optionally a format, to try only that one. Each fault is a line that begins with FAULT.
 */
final class MediaFuzzRun {

    static final String FAULT = "FAULT ";
    static final String FIGURES = "FIGURES ";
    private static final int LARGEST_FILE = 2 << 20;
    private static final int[] SIDES = {8, 16, 24, 224};
    private static final long MOST_NANOS = 10_000_000_000L;
    /** Java's names and addresses of objects, which say nothing to who sent a file. */
    private static final Pattern INTERNAL = Pattern.compile("\\b(java|javax|sun|com|org|io)\\.[a-z]+\\.|@[0-9a-f]{6,}|Exception|setFormat|null\\b");

    private final PictureDecoder pictures = new PictureDecoder(MediaLimits.DEFAULT);
    private final SoundDecoder sounds = new SoundDecoder(MediaLimits.DEFAULT);
    private final List<FileGenerator> generators;
    private final Map<String, Integer> outcomes = new TreeMap<>();
    private final Path folder;
    private long deaths;
    private long longestNanos;
    private String longest = "";

    private MediaFuzzRun(Path folder) throws Exception {
        this.folder = folder;
        this.generators = List.of(new WavGenerator(), new FlacGenerator(), new Mp3Generator(), new OggGenerator(), new PngGenerator(), new JpegGenerator(), new GifGenerator(), new WebPGenerator());
    }

    public static void main(String[] arguments) throws Exception {
        MediaFuzzRun run = new MediaFuzzRun(Path.of(arguments[0]));
        long first = Long.parseLong(arguments[1]);
        int cases = Integer.parseInt(arguments[2]);
        String only = arguments.length > 3 ? arguments[3] : null;
        for (long seed = first; seed < first + cases; seed++) {
            String format = only;
            FileGenerator generator = only == null ? run.generators.get((int) (seed % run.generators.size()))
                    : run.generators.stream().filter(one -> one.format().equals(format)).findFirst().orElseThrow();
            run.tryOne(generator, seed);
        }
        System.out.println(FIGURES + run.outcomes);
        System.out.printf("longest %d ms (%s), decoder processes that died: %d, peak resident memory %d MiB%n", run.longestNanos / 1_000_000, run.longest, run.deaths, peakMebibytes());
    }

    private static long peakMebibytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream().filter(line -> line.startsWith("VmHWM")).map(line -> line.replaceAll("\\D", "")).mapToLong(Long::parseLong).findFirst().orElse(0) >> 10;
    }

    private void tryOne(FileGenerator generator, long seed) throws Exception {
        String name = generator.format() + ":" + seed;
        Files.writeString(folder.resolve("doing"), name);
        Case made = onLargeStack(() -> make(generator, seed));
        byte[] bytes = made.bytes;
        Files.write(folder.resolve("doing.bin"), bytes);
        long since = System.nanoTime();
        String outcome;
        try {
            String fault = decode(generator, bytes, made.side, made.expected);
            outcome = fault == null ? generator.isPicture() ? "picture" : "sound" : fault;
        } catch (MediaException e) {
            outcome = refusal(e, made.plain);
        } catch (Throwable e) {
            outcome = FAULT + "THROWN " + e + " at " + (e.getStackTrace().length == 0 ? "?" : e.getStackTrace()[0]);
        }
        long nanos = System.nanoTime() - since;
        if (MediaCounters.decoderDeaths() > deaths) {
            // The pool makes a refusal of it, as it should; the crash itself is worth a look.
            deaths = MediaCounters.decoderDeaths();
            System.out.println("DIED " + name + ": a decoder's process ended, " + outcome + " " + made.mutations);
            Files.write(folder.resolve("died-" + name.replace(':', '-') + ".bin"), bytes);
        }
        if (nanos > longestNanos) {
            longestNanos = nanos;
            longest = name;
        }
        if (nanos > MOST_NANOS && !outcome.startsWith(FAULT)) {
            outcome = FAULT + "SLOW " + nanos / 1_000_000 + " ms: " + outcome;
        }
        if (outcome.startsWith(FAULT)) {
            System.out.println(FAULT + name + " " + outcome.substring(FAULT.length()) + " " + made.mutations);
            Files.write(folder.resolve(name.replace(':', '-') + ".bin"), bytes);
            outcome = "faults";
        }
        outcomes.merge(generator.format() + " " + outcome, 1, Integer::sum);
    }

    /** @param expected null where it is not known; @param plain whether a refusal is a fault */
    private record Case(byte[] bytes, int side, Sample.Expected expected, boolean plain, List<String> mutations) {}

    private Case make(FileGenerator generator, long seed) throws Exception {
        Random random = new Random(seed * 31 + generator.format().hashCode());
        Sample sample = generator.generate(random);
        List<String> mutations = List.of();
        boolean mutated = random.nextInt(5) > 0;
        if (mutated) {
            mutations = new StructureMutator(random, () -> other(random)).apply(sample.file());
        }
        byte[] bytes = PieceWriter.write(sample.file(), LARGEST_FILE);
        if (mutated && random.nextInt(12) == 0) {
            bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
        }
        return new Case(bytes, SIDES[random.nextInt(SIDES.length)], mutated ? null : sample.expected(), !mutated && !sample.refusable(), mutations);
    }

    /** Trees of deep nesting are written by recursion; what is tested keeps the usual stack. */
    private static <T> T onLargeStack(Callable<T> task) throws Exception {
        FutureTask<T> future = new FutureTask<>(task);
        new Thread(null, future, "generator", 512L << 20).start();
        return future.get();
    }

    private Piece.Group other(Random random) {
        try {
            return generators.get(random.nextInt(generators.size())).generate(random).file();
        } catch (Exception e) {
            throw new IllegalStateException("a generator failed", e);
        }
    }

    /** Decodes twice, as another outcome of the same bytes is a fault as well. @return the fault, or null */
    private String decode(FileGenerator generator, byte[] bytes, int side, Sample.Expected expected) throws MediaException {
        if (generator.isPicture()) {
            BufferedImage picture = pictures.decode(bytes, side);
            String difference = expected == null ? null : Comparison.difference(picture, (Sample.Picture) expected, side);
            FloatBuffer pixels = FloatBuffer.allocate(side * side * 3);
            new PictureScaler(side).scale(picture, pixels);
            return difference == null ? null : FAULT + "WRONG " + difference;
        }
        short[] samples = sounds.decode(bytes);
        if (!Arrays.equals(samples, sounds.decode(bytes))) {
            return FAULT + "UNSTABLE other samples when decoded again";
        }
        String difference = expected == null ? null : Comparison.difference(samples, (Sample.Sound) expected);
        return difference == null ? null : FAULT + "WRONG " + difference;
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
