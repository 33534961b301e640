// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sensorium.operators.media.MediaException.Problem;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
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

    private static byte[] id3v1() {
        return Arrays.copyOf("TAGtitle".getBytes(StandardCharsets.US_ASCII), 128);
    }

    /** An APEv2 tag with header and footer. */
    private static byte[] ape(int size) {
        ByteBuffer tag = ByteBuffer.allocate(32 + size + 32).order(ByteOrder.LITTLE_ENDIAN);
        for (int at : new int[] {0, 32 + size}) {
            tag.position(at);
            tag.put("APETAGEX".getBytes(StandardCharsets.US_ASCII)).putInt(2000).putInt(size + 32);
            tag.putInt(1).putInt(at == 0 ? 0xa0000000 : 0x80000000);
        }
        return tag.array();
    }

    /** Of files that were joined: the second still has its tag in front, or the first its tag behind, or both. */
    private static Stream<byte[]> tagsBetween() {
        return Stream.of(
                tag(new byte[0]),
                tag(art(5_000)),
                id3v1(),
                ape(500),
                TestImages.joined(ape(100), id3v1(), tag(art(300)), tag(art(30))));
    }

    @ParameterizedTest
    @MethodSource("tagsBetween")
    void tagsBetweenTheFramesAreLeftOut(byte[] tags) throws Exception {
        byte[] bare = Arrays.copyOfRange(frames, nextFrame(), frames.length);
        short[] all = SOUNDS.decode(bare);
        short[] joined = SOUNDS.decode(TestImages.joined(frames, tags, frames));
        assertThat(joined).isEqualTo(SOUNDS.decode(TestImages.joined(frames, frames)));
        // The frame with the second header is silence, and the second encoder's delay and padding are heard.
        assertThat(joined.length).isBetween(2 * samples.length, samples.length + all.length + 2 * 576);
        assertThat(Arrays.copyOf(joined, samples.length - 1_000))
                .isEqualTo(Arrays.copyOf(samples, samples.length - 1_000));
        assertThat(Arrays.copyOfRange(joined, joined.length - 60_000, joined.length))
                .isEqualTo(Arrays.copyOfRange(all, all.length - 60_000, all.length));
        // Within one stream, whose frames need those in front of them.
        int middle = bareFrame() * 50;
        assertThat(SOUNDS.decode(TestImages.joined(
                        Arrays.copyOf(bare, middle), tags, Arrays.copyOfRange(bare, middle, bare.length))))
                .isEqualTo(all);
        assertThat(SOUNDS.decode(TestImages.joined(frames, tags, frames, tags, frames, tags)).length)
                .isBetween(3 * samples.length, samples.length + 2 * (all.length + 2 * 576));
    }

    @ParameterizedTest
    @MethodSource("tagsBetween")
    void aJoinedFileThatIsCutIsCorrupt(byte[] tags) {
        assertCutShort(TestImages.joined(frames, tags, half()));
        assertThat(Mp3File.of(TestImages.joined(frames, tags, frames)).declaredSeconds())
                .isEqualTo(2 * Mp3File.of(frames).declaredSeconds());
    }

    @Test
    void aTagBetweenTheFramesThatClaimsMoreThanThereIsIsCorrupt() {
        byte[] endless = tag(new byte[10]);
        endless[6] = 0x7f;
        assertThatThrownBy(() -> SOUNDS.decode(TestImages.joined(frames, endless, frames)))
                .isInstanceOfSatisfying(
                        MediaException.class, e -> assertThat(e.problem()).isEqualTo(Problem.CORRUPT));
    }

    /** The length of each frame behind the first: the sound has one bit rate, and its rate needs no padding. */
    private static int bareFrame() {
        int first = nextFrame();
        for (int at = first + 1; ; at++) {
            if (AudioFile.layer(frames, at) == 3
                    && frames[at + 1] == frames[1]
                    && frames[at + 2] == frames[first + 2]) {
                return at - first;
            }
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
