// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media.fuzz;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;

/**
 * Files of all formats, of which four in five are changed by their structure: the same one from the same format and
 * seed.
 */
final class MediaCases {

    private static final int MAX_FILE = 2 << 20;
    private static final int[] SIDES = {8, 16, 24, 224};

    private final List<FileGenerator> generators;

    MediaCases() throws Exception {
        generators = List.of(
                new WavGenerator(),
                new FlacGenerator(),
                new Mp3Generator(),
                new OggGenerator(),
                new PngGenerator(),
                new JpegGenerator(),
                new GifGenerator(),
                new WebPGenerator());
    }

    /** The formats take turns. */
    FileGenerator generator(long seed) {
        return generators.get((int) (seed % generators.size()));
    }

    FileGenerator generator(String format) {
        return generators.stream()
                .filter(one -> one.format().equals(format))
                .findFirst()
                .orElseThrow();
    }

    Case make(FileGenerator generator, long seed) throws Exception {
        return onLargeStack(() -> made(generator, seed));
    }

    /**
     * @param expected null where it is not known
     * @param plain whether a refusal is a fault
     * @param refusable of the file before it was changed
     */
    record Case(
            byte[] bytes,
            int side,
            Sample.Expected expected,
            boolean plain,
            boolean refusable,
            List<String> mutations) {}

    private Case made(FileGenerator generator, long seed) throws Exception {
        Random random = new Random(seed * 31 + generator.format().hashCode());
        Sample sample = generator.generate(random);
        List<String> mutations = List.of();
        boolean mutated = random.nextInt(5) > 0;
        if (mutated) {
            mutations = new StructureMutator(random, () -> other(random)).apply(sample.file());
        }
        byte[] bytes = PieceWriter.write(sample.file(), MAX_FILE);
        if (mutated && random.nextInt(12) == 0) {
            bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
        }
        return new Case(
                bytes,
                SIDES[random.nextInt(SIDES.length)],
                mutated ? null : sample.expected(),
                !mutated && !sample.refusable(),
                sample.refusable(),
                mutations);
    }

    /** Trees of deep nesting are written by recursion; what is tested keeps the usual stack. */
    private static <T> T onLargeStack(Callable<T> task) throws Exception {
        FutureTask<T> future = new FutureTask<>(task);
        new Thread(null, future, "generator", 512L << 20).start();
        return future.get();
    }

    private Piece.Group other(Random random) {
        try {
            return generators
                    .get(random.nextInt(generators.size()))
                    .generate(random)
                    .file();
        } catch (Exception e) {
            throw new IllegalStateException("a generator failed", e);
        }
    }
}
