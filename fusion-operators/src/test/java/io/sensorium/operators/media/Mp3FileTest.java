// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sensorium.operators.media.MediaException.Problem;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an MP3 declares, behind tags and with impossible numbers, and what follows its last frame. */
class Mp3FileTest {

    private static final AudioDecoder SOUNDS = new AudioDecoder(MediaLimits.DEFAULT);
    private static final double SECONDS = 4;

    private static byte[] frames;
    private static short[] samples;

    @BeforeAll
    static void encode() throws Exception {
        byte[] mp3 = SampleMedia.sound("mp3", 16_000, 1, SECONDS);
        frames = Arrays.copyOfRange(mp3, AudioFile.afterTags(mp3), mp3.length);
        samples = SOUNDS.decode(frames);
        assertThat(samples.length / 16_000.0).isBetween(SECONDS, SECONDS + 0.1);
    }

    /** An ID3v2 tag, as cover art fills it. */
    private static byte[] tag(byte[] content) {
        int n = content.length;
        byte[] head = {
            'I',
            'D',
            '3',
            4,
            0,
            0,
            (byte) (n >> 21 & 127),
            (byte) (n >> 14 & 127),
            (byte) (n >> 7 & 127),
            (byte) (n & 127)
        };
        return TestImages.joined(head, content);
    }

    private static byte[] art(int size) {
        byte[] art = new byte[size];
        new Random(size).nextBytes(art);
        return art;
    }

    private static byte[] half() {
        return Arrays.copyOf(frames, frames.length / 2);
    }

    private static byte[] withCount(byte[] mp3, int count) {
        byte[] copy = mp3.clone();
        int at = new String(copy, StandardCharsets.ISO_8859_1).indexOf("Info");
        at = at < 0 ? new String(copy, StandardCharsets.ISO_8859_1).indexOf("Xing") : at;
        ByteBuffer.wrap(copy).putInt(at + 8, count);
        return copy;
    }

    private static void assertCutShort(byte[] mp3) {
        assertThatThrownBy(() -> SOUNDS.decode(mp3))
                .hasMessageContaining("cut short")
                .isInstanceOfSatisfying(
                        MediaException.class, e -> assertThat(e.problem()).isEqualTo(Problem.CORRUPT));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 100, 8_000, 8_192, 60_000, 2_000_000})
    void aFileThatIsCutInHalfIsCorruptBehindTagsOfAnySize(int size) throws Exception {
        assertThat(SOUNDS.decode(TestImages.joined(tag(art(size)), frames))).isEqualTo(samples);
        assertCutShort(TestImages.joined(tag(art(size)), half()));
        assertCutShort(TestImages.joined(tag(art(size)), tag(art(size / 2)), half()));
        assertCutShort(TestImages.joined(tag(art(size)), new byte[3_000], half()));
    }

    @Test
    void whatLooksLikeAHeaderWithinATagDeclaresNothing() throws Exception {
        byte[] text = TestImages.joined(
                new byte[] {(byte) 0xff, (byte) 0xfb, 0x50, (byte) 0xc4},
                new byte[17],
                "Info\0\0\0\1\0\0\17\377".getBytes(StandardCharsets.ISO_8859_1),
                new byte[400]);
        assertThat(SOUNDS.decode(TestImages.joined(tag(text), frames))).isEqualTo(samples);
        assertCutShort(TestImages.joined(tag(text), half()));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 100_000, 1_000_000, Integer.MAX_VALUE, -1})
    void aFrameCountThatTheBytesCannotHoldDeclaresNothing(int count) throws Exception {
        assertThat(Mp3File.of(withCount(frames, count)).declaredSeconds()).isZero();
        assertThat((double) SOUNDS.decode(withCount(frames, count)).length)
                .isBetween(SECONDS * 16_000, SECONDS * 16_000 + 3_000);
    }

    @Test
    void aFrameCountThatTheBytesCanHoldIsBelieved() {
        assertCutShort(withCount(frames, frames.length / 30));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 128, 5_000, 3 << 20})
    void bytesBehindTheLastFrameCostNothingWhenEveryDeclaredFrameIsThere(int size) throws Exception {
        assertThat(SOUNDS.decode(TestImages.joined(frames, new byte[size]))).isEqualTo(samples);
        byte[] text = new byte[size];
        Arrays.fill(text, (byte) 'x');
        assertThat(SOUNDS.decode(TestImages.joined(frames, text))).isEqualTo(samples);
        assertThatThrownBy(() -> SOUNDS.decode(TestImages.joined(half(), new byte[size])))
                .isInstanceOfSatisfying(
                        MediaException.class, e -> assertThat(e.problem()).isEqualTo(Problem.CORRUPT));
    }

    /** Without a Xing header the file declares nothing; what follows the last frame is no part of it all the same. */
    @ParameterizedTest
    @ValueSource(ints = {1, 128, 5_000, 3 << 20})
    void bytesBehindTheLastFrameCostNothingWhereNothingIsDeclared(int size) throws Exception {
        byte[] bare = Arrays.copyOfRange(frames, nextFrame(), frames.length);
        assertThat(Mp3File.of(bare).declaredSeconds()).isZero();
        short[] all = SOUNDS.decode(bare);
        assertThat((double) all.length).isBetween(SECONDS * 16_000, SECONDS * 16_000 + 3_000);
        byte[] text = new byte[size];
        Arrays.fill(text, (byte) 'x');
        for (byte[] rest : new byte[][] {new byte[size], text, "TAG".repeat(42).getBytes(StandardCharsets.US_ASCII)}) {
            assertThat(SOUNDS.decode(TestImages.joined(bare, rest))).isEqualTo(all);
        }
    }

    /** What a file is, its first bytes say: megabytes of something else are not searched for a frame. */
    @Test
    void manyStrangeBytesBeforeTheFirstFrameAreNoMp3() {
        assertThatThrownBy(() -> SOUNDS.decode(TestImages.joined(new byte[3 << 20], frames)))
                .isInstanceOfSatisfying(
                        MediaException.class, e -> assertThat(e.problem()).isEqualTo(Problem.UNSUPPORTED));
    }

    /** Where the second frame begins, in front of which is the Xing header. */
    private static int nextFrame() {
        for (int at = 1; ; at++) {
            if (AudioFile.layer(frames, at) == 3
                    && frames[at + 1] == frames[1]
                    && (frames[at + 2] & 0x0c) == (frames[2] & 0x0c)) {
                return at;
            }
        }
    }
}
