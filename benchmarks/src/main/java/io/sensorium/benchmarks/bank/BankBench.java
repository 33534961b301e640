// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks.bank;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sensorium.benchmarks.report.Report;
import io.sensorium.operators.bank.Fingerprint;
import io.sensorium.operators.bank.KnownContent;
import io.sensorium.operators.bank.KnownItem;
import io.sensorium.operators.bank.NormalizedText;
import io.sensorium.operators.bank.PdqHash;
import io.sensorium.operators.bank.PdqHasher;
import java.awt.image.BufferedImage;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.Random;
import java.util.UUID;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/**
 * Memory and look-ups of banks, one thread: images at the largest threshold, texts, and embeddings of 384 numbers at a
 * cosine of 0.95. Half of the look-ups are near an entry, half are of nothing known. What is random is seeded.
 */
public final class BankBench {

    private static final int DIMENSION = 384;
    private static final String ENCODER = "encoder@1";
    private static final int WARM_UP = 5_000;
    private static final int CHANGED_BITS = 25;

    /** What a look-up takes where others take the processors meanwhile. */
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    /**
     * @param entries of the banks of images and of texts
     * @param embeddings of the bank of embeddings
     * @param lookUps measured in each
     */
    public record Plan(int entries, int embeddings, int lookUps) {}

    private final Plan plan;
    private final PrintStream progress;
    private final Report report = new Report("bank");

    /** @param progress gets a line for each measurement */
    public BankBench(Plan plan, PrintStream progress) {
        this.plan = plan;
        this.progress = progress;
    }

    /** Measures. */
    public Report run() {
        Random random = new Random(7);
        PdqHash[] hashes = new PdqHash[plan.entries()];
        Arrays.setAll(
                hashes, i -> new PdqHash(random.nextLong(), random.nextLong(), random.nextLong(), random.nextLong()));
        measure("images", plan.entries(), i -> new KnownItem.Image(hashes[i], KnownItem.Image.MAX_BITS), bank -> {
            PdqHash hash = random.nextBoolean()
                    ? changed(hashes[random.nextInt(hashes.length)], random)
                    : new PdqHash(random.nextLong(), random.nextLong(), random.nextLong(), random.nextLong());
            return () -> bank.find(new Fingerprint.Image(hash, 100));
        });
        measure(
                "texts",
                plan.entries(),
                i -> new KnownItem.Text(NormalizedText.fingerprint("text " + i).orElseThrow()),
                bank -> {
                    String text = "Text, " + random.nextInt(2 * plan.entries());
                    return () -> bank.find(NormalizedText.fingerprint(text).orElseThrow());
                });
        measure(
                "embeddings",
                plan.embeddings(),
                i -> new KnownItem.Vector(ENCODER, vector(new Random(i)), 0.95),
                bank -> {
                    float[] vector = vector(new Random(random.nextInt(2 * plan.embeddings())));
                    return () -> bank.find(ENCODER, vector);
                });
        hashing(random);
        return report;
    }

    private static PdqHash changed(PdqHash hash, Random random) {
        long[] words = {hash.word0(), hash.word1(), hash.word2(), hash.word3()};
        for (int i = 0; i < CHANGED_BITS; i++) {
            int bit = random.nextInt(PdqHash.BITS);
            words[bit / Long.SIZE] ^= 1L << bit;
        }
        return new PdqHash(words[0], words[1], words[2], words[3]);
    }

    private static float[] vector(Random random) {
        float[] vector = new float[DIMENSION];
        for (int i = 0; i < DIMENSION; i++) {
            vector[i] = (float) random.nextGaussian();
        }
        return vector;
    }

    /** What looks something up in a bank. */
    private interface LookUps {
        Supplier<Object> next(KnownContent bank);
    }

    private void measure(String name, int entries, IntFunction<KnownItem.Pattern> patterns, LookUps lookUps) {
        long before = heap();
        KnownContent bank = new KnownContent();
        Random ids = new Random(11);
        long since = System.nanoTime();
        for (int i = 0; i < entries; i++) {
            String id = new UUID(ids.nextLong(), ids.nextLong()).toString();
            bank.put(new KnownItem(id, "label " + i % 10, patterns.apply(i)));
        }
        double filled = (System.nanoTime() - since) / 1e9;
        long bytes = heap() - before;
        long[] nanos = new long[plan.lookUps()];
        long[] cpu = new long[plan.lookUps()];
        long found = 0;
        for (int i = -WARM_UP; i < nanos.length; i++) {
            Supplier<Object> lookUp = lookUps.next(bank);
            long startCpu = THREADS.getCurrentThreadCpuTime();
            long start = System.nanoTime();
            Object match = lookUp.get();
            long end = System.nanoTime();
            if (i >= 0) {
                nanos[i] = end - start;
                cpu[i] = THREADS.getCurrentThreadCpuTime() - startCpu;
                found += match == null ? 0 : 1;
            }
        }
        Reference.reachabilityFence(bank);
        Arrays.sort(nanos);
        Arrays.sort(cpu);
        ObjectNode run = report.run(name);
        run.put("entries", entries);
        run.put("heap_bytes", bytes);
        run.put("counted_bytes", bank.bytes());
        run.put("entries_per_second_put", Math.round(entries / filled));
        run.put("look_ups", nanos.length);
        run.put("found", found);
        run.put("p50_ms", milliseconds(nanos, 0.5));
        run.put("p99_ms", milliseconds(nanos, 0.99));
        run.put("max_ms", milliseconds(nanos, 1));
        run.put("p50_cpu_ms", milliseconds(cpu, 0.5));
        run.put("p99_cpu_ms", milliseconds(cpu, 0.99));
        progress.println(name + ": " + run);
    }

    /** What stays of the heap after collections. */
    private static long heap() {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 4; i++) {
            System.gc();
            least = Math.min(
                    least,
                    Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory());
        }
        return least;
    }

    private static double milliseconds(long[] sorted, double quantile) {
        int at = (int) Math.ceil(quantile * sorted.length) - 1;
        return Math.round(sorted[Math.max(0, at)] / 1e3) / 1e3;
    }

    private void hashing(Random random) {
        BufferedImage image = new BufferedImage(800, 600, BufferedImage.TYPE_3BYTE_BGR);
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                image.setRGB(x, y, random.nextInt());
            }
        }
        PdqHasher hasher = new PdqHasher();
        int ones = 0;
        long[] nanos = new long[200];
        long[] cpu = new long[nanos.length];
        for (int i = -100; i < nanos.length; i++) {
            long startCpu = THREADS.getCurrentThreadCpuTime();
            long start = System.nanoTime();
            ones += hasher.hash(image).hash().ones();
            long end = System.nanoTime();
            if (i >= 0) {
                nanos[i] = end - start;
                cpu[i] = THREADS.getCurrentThreadCpuTime() - startCpu;
            }
        }
        Arrays.sort(nanos);
        Arrays.sort(cpu);
        ObjectNode run = report.run("hashing");
        run.put("pixels", image.getWidth() * image.getHeight());
        run.put("ones", ones / (nanos.length + 100));
        run.put("p50_ms", milliseconds(nanos, 0.5));
        run.put("p99_ms", milliseconds(nanos, 0.99));
        run.put("p50_cpu_ms", milliseconds(cpu, 0.5));
        progress.println("hashing: " + run);
    }
}
