// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.bank;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NormalizedTextTest {

    @ParameterizedTest
    @CsvSource({
        "'Buy  now!!', buynow",
        "'ＢＵＹ\u00a0ｎｏｗ', buynow",
        "'b\u200bu\u00ady-n.o_w', buynow",
        "'STRASSE', strasse",
        "'Straße', strasse",
        "'ﬁne', fine",
        "'ΟΔΟΣ Α', οδοσα",
        "'οδός', οδόσ",
        "'cafe\u0301', café",
        "'Ⅻ x²', xiix2",
        "'हिन्दी', हिन्दी",
        "'love ❤️!', love",
        "'❤️ \uD83D\uDE00', ❤\uD83D\uDE00",
        "'5 $', 5"
    })
    void spellingsThatAreTheSame(String text, String folded) {
        assertThat(NormalizedText.of(text)).isEqualTo(folded);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\t\n", "!?…", "\u200b\ufe0f", "-_-", "\uD800"})
    void textsOfWhichNothingRemains(String text) {
        assertThat(NormalizedText.fingerprint(text)).isEmpty();
    }

    @Test
    void wordsThatDifferStayApart() {
        assertThat(NormalizedText.fingerprint("buy now")).isNotEqualTo(NormalizedText.fingerprint("buy new"));
        assertThat(NormalizedText.fingerprint("résumé")).isNotEqualTo(NormalizedText.fingerprint("resume"));
        assertThat(NormalizedText.fingerprint("\uD83D\uDE00")).isNotEqualTo(NormalizedText.fingerprint("\uD83D\uDE01"));
    }

    /** U+FDFA becomes 18 characters. */
    @Test
    void textsThatGrowTakeBoundedMemoryAndShortOnesAreCompared() {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        String text = "\uFDFA".repeat(1_000_000);
        long before = threads.getCurrentThreadAllocatedBytes();
        assertThat(NormalizedText.fingerprint(text)).isEmpty();
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(100L << 20);

        assertThat(NormalizedText.fingerprint("\uFDFA".repeat(1_000))).isPresent();
        String letters = "\uD835\uDC00".repeat(500_000);
        assertThat(NormalizedText.fingerprint(letters)).isEqualTo(NormalizedText.fingerprint("a".repeat(500_000)));
        assertThat(NormalizedText.fingerprint("x" + letters)).isPresent();
    }

    @Test
    void foldingAgainChangesNothing() {
        Random random = new Random(11);
        for (int round = 0; round < 3_000; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < 12; i++) {
                int point = random.nextInt(10) < 8 ? random.nextInt(0x3000) : random.nextInt(0x20000);
                text.appendCodePoint(point);
            }
            String folded = NormalizedText.of(text.toString());
            assertThat(NormalizedText.of(folded)).as("of %s", text).isEqualTo(folded);
        }
    }
}
