// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The JDK's decoder is the oracle. */
class Utf8Test {

    private static int oracle(byte[] bytes, int from) {
        ByteBuffer in = ByteBuffer.wrap(bytes, from, bytes.length - from);
        CoderResult result =
                StandardCharsets.UTF_8.newDecoder().decode(in, CharBuffer.allocate(bytes.length + 1), true);
        return result.isError() ? in.position() : -1;
    }

    private static void check(byte[] bytes, int from) {
        assertThat(Utf8.firstInvalid(bytes, from))
                .as(() -> HexFormat.of().formatHex(bytes) + " from " + from)
                .isEqualTo(oracle(bytes, from));
    }

    @Test
    void everyPairOfBytesAndEveryStartOfThreeAndFourIsJudgedAsTheJdkDoes() {
        for (int first = 0; first < 256; first++) {
            for (int second = 0; second < 256; second++) {
                check(new byte[] {(byte) first, (byte) second}, 0);
                for (int third : new int[] {0, 0x7f, 0x80, 0xbf, 0xc0, 0xff}) {
                    check(new byte[] {(byte) first, (byte) second, (byte) third}, 0);
                    check(new byte[] {(byte) first, (byte) second, (byte) third, (byte) 0xbf}, 0);
                    check(new byte[] {(byte) first, (byte) second, (byte) third, 'x'}, 0);
                }
            }
        }
    }

    @Test
    void anyTextIsValidAndAnyDamageIsFoundWhereItIs() {
        Random random = new Random(17);
        int[] points = {'a', '"', 0, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff};
        for (int round = 0; round < 20_000; round++) {
            StringBuilder text = new StringBuilder();
            boolean ascii = random.nextBoolean();
            for (int length = random.nextInt(40); length > 0; length--) {
                text.appendCodePoint(points[ascii && random.nextInt(10) > 0 ? 0 : random.nextInt(points.length)]);
            }
            byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
            check(bytes, 0);
            if (bytes.length > 0) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
                check(bytes, 0);
                check(bytes, random.nextInt(bytes.length));
            }
        }
    }
}
