// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * Runs generated cases, each from a seed of its own. A fault stands in {@code target/fuzz} with its seed;
 * {@code -Dsensorium.fuzz.only=KIND:SEED} tries one again, {@code -Dsensorium.fuzz.seed} begins elsewhere,
 * {@code -Psoak} tries 20 times as many. For one thread.
 */
public final class FuzzCases {

    private static final int ALL = Integer.getInteger("sensorium.fuzz.cases", 5_000);
    private static final long FIRST_SEED = Long.getLong("sensorium.fuzz.seed", 1);
    private static final String ONLY = System.getProperty("sensorium.fuzz.only", "");
    private static final long MAX_NANOS = 10_000_000_000L;

    /** Makes a case and tries it. */
    @FunctionalInterface
    public interface Trial {
        /**
         * @param random of this case's seed
         * @param described to which the input is added, for whoever looks at a fault
         * @return what came out, in a word or two
         * @throws Throwable what must not come out
         */
        String run(Random random, List<String> described) throws Throwable;
    }

    private FuzzCases() {}

    /**
     * Runs a kind's share of the cases and fails with every fault.
     *
     * @param share in percent of all cases
     */
    public static void run(String kind, int share, Trial trial) throws IOException {
        boolean one = ONLY.startsWith(kind + ":");
        long first = one ? Long.parseLong(ONLY.substring(kind.length() + 1)) : FIRST_SEED;
        long end = first + (one ? 1 : ONLY.isEmpty() ? ALL * share / 100 : 0);
        Path folder = Files.createDirectories(Path.of(System.getProperty("java.io.tmpdir"), "fuzz"));
        Map<String, Integer> outcomes = new TreeMap<>();
        List<String> faults = new ArrayList<>();
        long longest = 0;
        for (long seed = first; seed < end; seed++) {
            List<String> described = new ArrayList<>();
            long since = System.nanoTime();
            String outcome;
            String fault = null;
            try {
                outcome = trial.run(new Random(seed * 31 + kind.hashCode()), described);
            } catch (Throwable e) {
                outcome = "faults";
                fault = e.toString();
            }
            long nanos = System.nanoTime() - since;
            longest = Math.max(longest, nanos);
            fault = fault == null && nanos > MAX_NANOS ? "took " + nanos / 1_000_000 + " ms: " + outcome : fault;
            if (fault != null) {
                Files.writeString(folder.resolve(kind + "-" + seed + ".txt"), String.join("\n", described));
                faults.add(kind + ":" + seed + " " + (fault.length() > 500 ? fault.substring(0, 500) + " ..." : fault));
            }
            outcomes.merge(outcome, 1, Integer::sum);
        }
        System.err.println(kind + " fuzz: seeds " + first + " to " + (end - 1) + ", " + outcomes + ", longest "
                + longest / 1_000_000 + " ms");
        assertThat(faults).isEmpty();
    }

    /** One of several. */
    @SafeVarargs
    public static <T> T oneOf(Random random, T... choices) {
        return choices[random.nextInt(choices.length)];
    }
}
