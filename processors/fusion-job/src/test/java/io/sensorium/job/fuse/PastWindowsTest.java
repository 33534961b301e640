// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What a window reads of those before it. */
class PastWindowsTest {

    private static final long HEAD = 7;

    private static float[] read(WindowHistory past, long end, long ttl, int most) {
        return past.before(end, ttl, most, most);
    }

    @Test
    void readsTheNewestThatEndedBeforeAndNotTooLongAgo() {
        WindowHistory past = new WindowHistory();
        for (int i = 1; i <= 5; i++) {
            past.add(10L * i, "", new float[] {i}, 3);
        }
        assertThat(read(past, 60, 1000, 3)).containsExactly(5, 4, 3);
        assertThat(read(past, 60, 1000, 2)).containsExactly(5, 4);
        assertThat(read(past, 60, 15, 3)).as("the last 15 ms").containsExactly(5, 0, 0);
        assertThat(read(past, 50, 1000, 3)).as("a window does not read itself").containsExactly(4, 3, 2);
    }

    @Test
    void theOrderInWhichWindowsOfOneEndComeChangesNothing() {
        Random random = new Random(1);
        List<Integer> anchors = new ArrayList<>(List.of(1, 2, 3, 4, 5, 6));
        float[] expected = null;
        for (int round = 0; round < 20; round++) {
            Collections.shuffle(anchors, random);
            WindowHistory past = new WindowHistory();
            past.add(10, "", new float[] {9}, 3);
            for (int anchor : anchors) {
                past.add(20, "a" + anchor, new float[] {anchor}, 3);
                assertThat(read(past, 20, 1000, 3)).containsExactly(9, 0, 0);
            }
            float[] read = read(past, 30, 1000, 3);
            expected = expected == null ? read : expected;
            assertThat(read).containsExactly(expected);
        }
    }

    @Test
    void isWrittenAndReadBackAndAnotherHeadStartsAfresh() {
        WindowHistory past = new WindowHistory();
        past.add(10, "x", new float[] {1, 2}, 4);
        past.add(20, "", new float[] {3, 4}, 4);
        byte[] bytes = past.toBytes(HEAD);
        // Version, head, count, width; end, anchor and numbers of the newest, then of the other.
        assertThat(HexFormat.of().formatHex(bytes))
                .isEqualTo("01" + "0000000000000007" + "00000002" + "00000002" + "0000000000000014" + "0000"
                        + "40400000" + "40800000" + "000000000000000a" + "000178" + "3f800000" + "40000000");
        assertThat(WindowHistory.of(bytes, HEAD).before(30, 1000, 2, 4)).containsExactly(3, 4, 1, 2);
        assertThat(WindowHistory.newestOf(bytes)).isEqualTo(20);
        assertThat(WindowHistory.of(bytes, HEAD + 1).before(30, 1000, 2, 4)).containsExactly(0, 0, 0, 0);
        assertThat(WindowHistory.of(null, HEAD).before(30, 1000, 2, 4)).containsOnly(0);
    }

    @Test
    void anAnchorOfAnyLengthIsWrittenAndReadBack() {
        WindowHistory past = new WindowHistory();
        past.add(10, "\u20ac".repeat(50_000), new float[] {1, 2}, 4);
        past.add(20, "x", new float[] {3, 4}, 4);
        WindowHistory read = WindowHistory.of(past.toBytes(HEAD), HEAD);
        assertThat(read.before(30, 1000, 2, 4)).containsExactly(3, 4, 1, 2);
        read.add(10, "\u20ac".repeat(50_000), new float[] {5, 6}, 4);
        assertThat(read.before(30, 1000, 3, 6))
                .as("the same anchor is one window")
                .containsExactly(3, 4, 5, 6, 0, 0);
    }
}
