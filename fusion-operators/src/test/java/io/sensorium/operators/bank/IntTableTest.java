// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.bank;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IntTableTest {

    /** With few hashes, so that they collide, against a map. */
    @ParameterizedTest
    @ValueSource(ints = {1, 7, 60, 5_000, Integer.MAX_VALUE})
    void holdsWhatAMapHolds(int hashes) {
        Random random = new Random(hashes);
        IntTable table = new IntTable();
        Map<Integer, Integer> hashOf = new HashMap<>();
        for (int step = 0; step < 30_000; step++) {
            int number = random.nextInt(step < 20_000 ? 2_000 : 50);
            Integer before = hashOf.remove(number);
            if (before != null) {
                table.remove(before, number);
            } else {
                int hash = random.nextInt(hashes) - hashes / 2;
                hashOf.put(number, hash);
                table.add(hash, number);
            }
            if (step % 50 == 0) {
                int hash = hashOf.isEmpty() ? 0 : hashOf.values().iterator().next();
                TreeSet<Integer> expected = new TreeSet<>();
                hashOf.forEach((each, of) -> {
                    if (of == hash) {
                        expected.add(each);
                    }
                });
                TreeSet<Integer> found = new TreeSet<>();
                table.each(hash, found::add);
                assertThat(found).isEqualTo(expected);
                assertThat(table.size()).isEqualTo(hashOf.size());
            }
        }
    }
}
