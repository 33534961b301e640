// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks.align;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * What makes the benchmark fair: windows and joins must give the same triples of this stream, and none may come late.
 */
class TripleStreamTest {

    private static final TripleStream STREAM = new TripleStream(10_000, 40_000, 1_700_000_000_000L, 500);

    @Test
    void aTripleLiesInOneWindowAndASubjectsNextIsOutOfReachOfAJoin() {
        Map<String, Long> last = new HashMap<>();
        for (int triple = 0; triple < STREAM.triples(); triple++) {
            for (int modality = 0; modality < TripleStream.MODALITIES; modality++) {
                long time = STREAM.event(triple, modality).time();
                assertThat(time)
                        .isBetween(STREAM.windowEnd(triple) - TripleStream.WINDOW_MS, STREAM.windowEnd(triple) - 1);
                Long before = last.get(STREAM.subject(triple));
                if (before != null) {
                    assertThat(time - before).isGreaterThan(TripleStream.WINDOW_MS);
                }
            }
            long latest = Math.max(
                    STREAM.event(triple, 0).time(),
                    Math.max(
                            STREAM.event(triple, 1).time(),
                            STREAM.event(triple, 2).time()));
            last.put(STREAM.subject(triple), latest);
        }
        assertThat(last).hasSize(10_000);
    }

    @Test
    void aTenthIsOutOfOrderAndNoneIsBehindItsWatermark() throws Exception {
        long[] highest = new long[TripleStream.MODALITIES];
        int[] counts = new int[2];
        STREAM.send(event -> {
            assertThat(event.time()).isGreaterThan(highest[event.modality()] - TripleStream.OUT_OF_ORDERNESS_MS);
            highest[event.modality()] = Math.max(highest[event.modality()], event.time());
            counts[0]++;
            counts[1] += event.sentAt() > event.time() ? 1 : 0;
        });
        assertThat(counts[0]).isEqualTo(3 * STREAM.triples());
        assertThat(counts[1] / (double) counts[0]).isBetween(0.09, 0.11);
    }
}
