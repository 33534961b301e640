// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.bank;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HashIndexTest {

    static TreeSet<Integer> found(HashIndex index, PdqHash hash) {
        TreeSet<Integer> found = new TreeSet<>();
        index.find(hash, (entry, distance) -> found.add(entry));
        return found;
    }

    static PdqHash random(Random random) {
        return new PdqHash(random.nextLong(), random.nextLong(), random.nextLong(), random.nextLong());
    }

    /** The same with some bits changed. */
    static PdqHash changed(PdqHash hash, int bits, Random random) {
        TreeSet<Integer> places = new TreeSet<>();
        while (places.size() < bits) {
            places.add(random.nextInt(PdqHash.BITS));
        }
        long[] words = {hash.word0(), hash.word1(), hash.word2(), hash.word3()};
        places.forEach(place -> words[place / 64] ^= 1L << place);
        return new PdqHash(words[0], words[1], words[2], words[3]);
    }

    private record Kept(PdqHash hash, int threshold, int slot) {}

    /** Adds, removes and looks up, with hashes close to each other, against comparing with all. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void findsWhatComparingWithAllFinds(long seed) {
        Random random = new Random(seed);
        // In every other run no threshold needs chunks that differ.
        int most = seed % 2 == 0 ? 15 : HashIndex.MAX_THRESHOLD;
        HashIndex index = new HashIndex();
        Map<Integer, Kept> kept = new HashMap<>();
        List<PdqHash> seeds = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            seeds.add(random(random));
        }
        for (int step = 0; step < 20_000; step++) {
            // Some of them equal.
            int bits = random.nextInt(3) == 0 ? 0 : random.nextInt(40);
            PdqHash near = changed(seeds.get(random.nextInt(seeds.size())), bits, random);
            int entry = random.nextInt(3_000);
            Kept before = kept.remove(entry);
            if (before != null) {
                index.remove(before.slot());
            }
            if (random.nextInt(step < 15_000 ? 4 : 1) > 0) {
                int threshold = random.nextInt(most + 1);
                kept.put(entry, new Kept(near, threshold, index.add(near, threshold, entry)));
            }
            if (step % 20 == 0) {
                TreeSet<Integer> expected = new TreeSet<>();
                kept.forEach((id, each) -> {
                    if (each.hash().distance(near) <= each.threshold()) {
                        expected.add(id);
                    }
                });
                assertThat(found(index, near)).isEqualTo(expected);
                assertThat(index.size()).isEqualTo(kept.size());
            }
        }
        kept.values().forEach(each -> index.remove(each.slot()));
        assertThat(index.size()).isZero();
        assertThat(index.bytes()).isLessThan(1 << 20);
    }

    /** The hardest case: all chunks differ, as evenly as can be. */
    @Test
    void findsHashesThatDifferInEveryChunk() {
        Random random = new Random(5);
        for (int round = 0; round < 200; round++) {
            PdqHash hash = random(random);
            long[] words = {hash.word0(), hash.word1(), hash.word2(), hash.word3()};
            for (int chunk = 0; chunk < 16; chunk++) {
                int first = random.nextInt(16);
                words[chunk / 4] ^= 1L << chunk % 4 * 16 + first;
                if (chunk < 15) {
                    words[chunk / 4] ^= 1L << chunk % 4 * 16 + (first + 1 + random.nextInt(15)) % 16;
                }
            }
            PdqHash other = new PdqHash(words[0], words[1], words[2], words[3]);
            assertThat(hash.distance(other)).isEqualTo(31);
            HashIndex index = new HashIndex();
            index.add(other, 31, round);
            assertThat(found(index, hash)).containsExactly(round);
        }
    }
}
