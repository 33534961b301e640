// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sensorium.operators.media.MediaException.Problem;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
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

    @Test
    void aBlockThatClaimsMoreThanThereIsIsCorrupt() throws Exception {
        byte[] flac = with(SampleMedia.sound("flac", 16_000, 1, 0.5), APPLICATION, new byte[8]);
        ByteBuffer.wrap(flac).putInt(FIRST_FREE, APPLICATION << 24 | 0xffffff);
        assertThatThrownBy(() -> sounds.decode(flac))
                .isInstanceOfSatisfying(
                        MediaException.class, e -> assertThat(e.problem()).isEqualTo(Problem.CORRUPT));
    }
}
