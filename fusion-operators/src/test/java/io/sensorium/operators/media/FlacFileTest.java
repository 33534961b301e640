// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sensorium.operators.media.MediaException.Problem;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** FLAC files with other FLAC files in their metadata, and joined ones. */
class FlacFileTest {

    private static final int FIRST_FREE = 42;
    private static final int APPLICATION = 2;
    private static final int PICTURE = 6;

    private final AudioDecoder sounds = new AudioDecoder(MediaLimits.DEFAULT);

    /** The file with a block behind STREAMINFO. */
    private static byte[] with(byte[] flac, int type, byte[] content) {
        assertThat(flac[4]).as("STREAMINFO is not the last block").isZero();
        byte[] head = ByteBuffer.allocate(4).putInt(type << 24 | content.length).array();
        return TestImages.joined(
                Arrays.copyOf(flac, FIRST_FREE), head, content, Arrays.copyOfRange(flac, FIRST_FREE, flac.length));
    }

    @ParameterizedTest
    @ValueSource(ints = {APPLICATION, PICTURE, 120})
    void aFlacWithinABlockOfMetadataIsNotAJoinedFile(int type) throws Exception {
        byte[] flac = SampleMedia.sound("flac", 16_000, 1, 0.5);
        short[] plain = sounds.decode(flac);
        byte[] other = SampleMedia.sound("flac", 8_000, 2, 0.25);
        for (byte[] inner :
                new byte[][] {Arrays.copyOf(other, FIRST_FREE), other, TestImages.joined(new byte[99], other, other)}) {
            byte[] outer = with(flac, type, inner);
            assertThat(sounds.decode(outer)).isEqualTo(plain);
            short[] joined = sounds.decode(TestImages.joined(outer, outer, flac));
            assertThat(joined).hasSize(3 * plain.length);
            assertThat(Arrays.copyOfRange(joined, 2 * plain.length, joined.length))
                    .isEqualTo(plain);
        }
    }

    private static Stream<byte[]> tags() {
        byte[] id3v1 = Arrays.copyOf("TAGtitle".getBytes(StandardCharsets.US_ASCII), 128);
        byte[] id3v2 = Arrays.copyOf("ID3\4\0\0\0\0\1\0".getBytes(StandardCharsets.US_ASCII), 10 + 128);
        byte[] ape = new byte[64];
        for (int at : new int[] {0, 32}) {
            ByteBuffer.wrap(ape, at, 32)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .put("APETAGEX".getBytes(StandardCharsets.US_ASCII))
                    .putInt(2000)
                    .putInt(32)
                    .putInt(0)
                    .putInt(at == 0 ? 0xa0000000 : 0x80000000);
        }
        return Stream.of(id3v1, id3v2, ape, TestImages.joined(ape, id3v2, id3v1));
    }

    @ParameterizedTest
    @MethodSource("tags")
    void tagsBehindTheFramesAndBetweenJoinedFilesAreLeftOut(byte[] tags) throws Exception {
        byte[] flac = SampleMedia.sound("flac", 16_000, 1, 0.5);
        short[] plain = sounds.decode(flac);
        assertThat(sounds.decode(TestImages.joined(flac, tags))).isEqualTo(plain);
        assertThat(sounds.decode(TestImages.joined(flac, tags, flac, tags, tags)))
                .isEqualTo(sounds.decode(TestImages.joined(flac, flac)))
                .hasSize(2 * plain.length);
        for (byte[] wrong : new byte[][] {
            TestImages.joined(Arrays.copyOf(flac, flac.length / 2), tags),
            TestImages.joined(flac, tags, Arrays.copyOf(flac, flac.length - 100), tags),
            TestImages.joined(flac, Arrays.copyOf(tags, tags.length - 1))
        }) {
            assertThatThrownBy(() -> sounds.decode(wrong))
                    .isInstanceOfSatisfying(
                            MediaException.class, e -> assertThat(e.problem()).isEqualTo(Problem.CORRUPT));
        }
    }

    @Test
    void aBlockThatClaimsMoreThanThereIsIsCorrupt() throws Exception {
        byte[] flac = with(SampleMedia.sound("flac", 16_000, 1, 0.5), APPLICATION, new byte[8]);
        ByteBuffer.wrap(flac).putInt(FIRST_FREE, APPLICATION << 24 | 0xffffff);
        assertThatThrownBy(() -> sounds.decode(flac))
                .isInstanceOfSatisfying(
                        MediaException.class, e -> assertThat(e.problem()).isEqualTo(Problem.CORRUPT));
    }
}
