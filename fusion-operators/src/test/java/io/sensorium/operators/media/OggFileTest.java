// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.sensorium.operators.media.MediaException.Problem;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ogg files whose pages are damaged, missing, repeated, chained or of several streams. */
class OggFileTest {

    private static final AudioDecoder SOUNDS = new AudioDecoder(MediaLimits.DEFAULT);
    private static final double SECONDS = 8;

    /** Behind the page of the first header, and the one of the two others. */
    private static final int FIRST_SOUND = 2;

    private static List<byte[]> whole;

    @BeforeAll
    static void encode() throws Exception {
        whole = pages(SampleMedia.sound("ogg", 16_000, 2, SECONDS));
        assertThat(whole).hasSizeGreaterThan(6);
    }

    private static List<byte[]> pages(byte[] ogg) {
        List<byte[]> pages = new ArrayList<>();
        for (int at = 0; at < ogg.length; ) {
            int end = at + 27 + (ogg[at + 26] & 0xff);
            for (int i = at + 27, heads = end; i < heads; i++) {
                end += ogg[i] & 0xff;
            }
            pages.add(Arrays.copyOfRange(ogg, at, end));
            at = end;
        }
        return pages;
    }

    /** The checksum by its definition, bit by bit. */
    static byte[] summed(byte[] page) {
        byte[] copy = page.clone();
        ByteBuffer buffer = ByteBuffer.wrap(copy).order(ByteOrder.LITTLE_ENDIAN).putInt(22, 0);
        int crc = 0;
        for (byte next : copy) {
            for (int bit = 7; bit >= 0; bit--) {
                boolean out = crc < 0 != ((next >> bit & 1) == 1);
                crc = crc << 1 ^ (out ? 0x04c11db7 : 0);
            }
        }
        buffer.putInt(22, crc);
        return copy;
    }

    private static byte[] renumbered(byte[] page, int serial, int number) {
        byte[] copy = page.clone();
        ByteBuffer.wrap(copy).order(ByteOrder.LITTLE_ENDIAN).putInt(14, serial).putInt(18, number);
        return summed(copy);
    }

    private static byte[] file(List<byte[]> pages) {
        return TestImages.joined(pages.toArray(byte[][]::new));
    }

    private static byte[] changed(UnaryOperator<List<byte[]>> change) {
        List<byte[]> pages = new ArrayList<>();
        whole.forEach(page -> pages.add(page.clone()));
        return file(change.apply(pages));
    }

    private static void assertCorrupt(byte[] ogg, String... words) {
        assertThatThrownBy(() -> SOUNDS.decode(ogg))
                .hasMessageContainingAll(words)
                .isInstanceOfSatisfying(
                        MediaException.class, e -> assertThat(e.problem()).isEqualTo(Problem.CORRUPT));
    }

    @Test
    void everyPageWithAWrongChecksumIsCorruptByItsNumber() {
        for (int damaged = 0; damaged < whole.size(); damaged++) {
            int page = damaged;
            assertCorrupt(
                    changed(pages -> {
                        pages.get(page)[22] ^= 1;
                        return pages;
                    }),
                    "page " + page + " ",
                    "checksum");
            assertCorrupt(
                    changed(pages -> {
                        pages.get(page)[pages.get(page).length - 5] ^= 0x10;
                        return pages;
                    }),
                    "page " + page + " ",
                    "checksum");
        }
    }

    @Test
    void pagesThatAreMissingBeforeTheLastAreCorruptByTheirNumber() {
        for (int missing = 1; missing < whole.size() - 1; missing++) {
            int page = missing;
            if (page == FIRST_SOUND) {
                continue;
            }
            assertCorrupt(
                    changed(pages -> {
                        pages.remove(page);
                        return pages;
                    }),
                    "page " + (page + 1) + " ",
                    "expected page " + page + ",",
                    "missing");
        }
        assertCorrupt(changed(pages -> pages.subList(1, pages.size())), "page 1 ", "first page is missing");
    }

    @Test
    void pagesThatComeTwiceOrOutOfOrderAreCorrupt() {
        for (int repeated = 0; repeated < whole.size(); repeated++) {
            int page = repeated;
            assertCorrupt(
                    changed(pages -> {
                        pages.add(page, pages.get(page));
                        return pages;
                    }),
                    "page " + page + " ",
                    "repeated");
        }
        assertCorrupt(
                changed(pages -> {
                    pages.add(4, pages.remove(3));
                    return pages;
                }),
                "page 4 ",
                "expected page 3");
    }

    @Test
    void aPageThatIsCutInTheMiddleOfTheFileIsCorrupt() {
        assertCorrupt(
                changed(pages -> {
                    pages.set(3, Arrays.copyOf(pages.get(3), pages.get(3).length / 2));
                    return pages;
                }),
                "page 3 ");
    }

    @Test
    void theEndMayBeMissing() throws Exception {
        short[] all = SOUNDS.decode(file(whole));
        assertThat(all.length / 16_000.0).isCloseTo(SECONDS, within(0.1));
        short[] shorter = SOUNDS.decode(changed(pages -> pages.subList(0, pages.size() - 1)));
        assertThat(shorter.length).isLessThan(all.length);
        assertThat(shorter).isEqualTo(Arrays.copyOf(all, shorter.length));
    }

    @Test
    void pageNumbersMayBeginAnywhereAndRunOver() throws Exception {
        byte[] late = changed(pages -> {
            for (int i = 0; i < pages.size(); i++) {
                pages.set(i, renumbered(pages.get(i), -7, i - 3));
            }
            return pages;
        });
        assertThat(SOUNDS.decode(late)).isEqualTo(SOUNDS.decode(file(whole)));
    }

    /**
     * What a listener records who joins a live stream: the headers, and then the pages from that moment on, with the
     * numbers that they have.
     */
    @ParameterizedTest
    @ValueSource(strings = {"ogg", "opus", "oga"})
    void aStreamThatWasJoinedMidwayIsDecodedWhereItsHeadersAreThereAndNoSoundIsMissingBetween(String format)
            throws Exception {
        List<byte[]> pages = pages(SampleMedia.sound(format, 48_000, 2, SECONDS));
        int rate = AudioDecoder.SAMPLE_RATE;
        int joined = pages.size() / 2;
        List<byte[]> midway = new ArrayList<>(pages.subList(0, FIRST_SOUND));
        midway.addAll(pages.subList(joined, pages.size()));
        short[] all = SOUNDS.decode(file(pages));
        short[] rest = SOUNDS.decode(file(midway));
        assertThat(rest.length).isBetween(rate, all.length - rate);
        // The codecs need some packets to be as they would have been.
        int settled = rate / 2;
        short[] expected = Arrays.copyOfRange(all, all.length - rest.length + settled, all.length);
        for (int i = 0; i < expected.length; i++) {
            assertThat((int) rest[settled + i]).as(format + ", sample " + i).isCloseTo(expected[i], within(400));
        }
        assertCorrupt(file(pages.subList(joined, pages.size())), "first page is missing");
        midway.remove(FIRST_SOUND + 1);
        assertCorrupt(file(midway), "follows a gap");
        midway.remove(1);
        assertCorrupt(file(midway), "follows a gap");
    }

    @Test
    void chainedFilesOfOneSerialNumberAndOfTwoAreDecodedInFull() throws Exception {
        short[] once = SOUNDS.decode(file(whole));
        for (int serial : new int[] {
            ByteBuffer.wrap(whole.get(0)).order(ByteOrder.LITTLE_ENDIAN).getInt(14), 77
        }) {
            byte[] chain = changed(pages -> {
                for (int i = 0; i < whole.size(); i++) {
                    pages.add(renumbered(whole.get(i), serial, i));
                }
                return pages;
            });
            short[] both = SOUNDS.decode(chain);
            assertThat(Arrays.copyOf(both, once.length)).isEqualTo(once);
            assertThat(Arrays.copyOfRange(both, once.length, both.length)).isEqualTo(once);
        }
    }

    @Test
    void streamsOfOtherSerialNumbersCountTheirOwnPages() throws Exception {
        byte[] both = changed(pages -> {
            List<byte[]> mixed = new ArrayList<>(List.of(pages.get(0), renumbered(pages.get(0), 77, 0)));
            for (int i = 1; i < pages.size(); i++) {
                mixed.add(pages.get(i));
                mixed.add(renumbered(pages.get(i), 77, i));
            }
            return mixed;
        });
        assertThat(SOUNDS.decode(both)).isEqualTo(SOUNDS.decode(file(whole)));
        assertCorrupt(
                changed(pages -> {
                    pages.add(1, renumbered(pages.get(0), 77, 0));
                    pages.add(5, renumbered(pages.get(4), 77, 2));
                    return pages;
                }),
                "page 2 ",
                "expected page 1,");
    }
}
