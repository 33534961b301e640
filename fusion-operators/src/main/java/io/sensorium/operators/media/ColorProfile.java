// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import java.awt.color.ColorSpace;
import java.awt.color.ICC_ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.ColorConvertOp;
import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** An embedded ICC profile, from whose colours the JDK's colour management converts to sRGB. For one thread. */
final class ColorProfile {

    /** Largest profile that is used. Profiles of printers have up to about 3 MB. */
    static final int MAX_BYTES = 4 << 20;

    private static final int HEADER_BYTES = 128;
    private static final int TAG_BYTES = 12;
    private static final int MAX_TAGS = 256;

    private final ColorConvertOp toSrgb;
    private final int components;

    private ColorProfile(ColorConvertOp toSrgb, int components) {
        this.toSrgb = toSrgb;
        this.components = components;
    }

    /**
     * @param colours {@code count} pixels of {@code components} bytes each
     * @param rgb where their sRGB bytes go
     */
    void convert(byte[] colours, int count, byte[] rgb) {
        toSrgb.filter(raster(colours, count, components), raster(rgb, count, 3));
    }

    private static WritableRaster raster(byte[] bytes, int count, int bands) {
        int[] offsets = new int[bands];
        Arrays.setAll(offsets, band -> band);
        return Raster.createInterleavedRaster(
                new DataBufferByte(bytes, bytes.length), count, 1, count * bands, bands, offsets, null);
    }

    /**
     * The profile, or empty where it is damaged, made for other pixels than these, or sRGB itself: then the pixels are
     * taken as sRGB, as browsers do.
     */
    private static Optional<ColorProfile> open(byte[] icc, int components) {
        byte[] checked = checked(icc, components);
        if (checked == null) {
            return Optional.empty();
        }
        try {
            ColorProfile profile = new ColorProfile(
                    new ColorConvertOp(
                            new ICC_ColorSpace(ICC_Profile.getInstance(checked)),
                            ColorSpace.getInstance(ColorSpace.CS_sRGB),
                            null),
                    components);
            return profile.changesNothing() ? Optional.empty() : Optional.of(profile);
        } catch (RuntimeException e) {
            // The colour management refuses it: CMMException, ProfileDataException, IllegalArgumentException.
            return Optional.empty();
        }
    }

    /**
     * The profile's own bytes, or null. Sizes and offsets are held against the bytes that are there before native code
     * sees them.
     */
    private static byte[] checked(byte[] icc, int components) {
        if (icc.length < HEADER_BYTES + 4
                || icc.length > MAX_BYTES
                || !ImageDecoder.starts(icc, 36, 'a', 'c', 's', 'p')) {
            return null;
        }
        ByteBuffer buffer = ByteBuffer.wrap(icc);
        int size = buffer.getInt(0);
        int tags = buffer.getInt(HEADER_BYTES);
        if (size < HEADER_BYTES + 4
                || size > icc.length
                || tags < 0
                || tags > MAX_TAGS
                || HEADER_BYTES + 4 + tags * TAG_BYTES > size
                || !matches(icc, components)) {
            return null;
        }
        for (int tag = 0; tag < tags; tag++) {
            long from = buffer.getInt(HEADER_BYTES + 8 + tag * TAG_BYTES) & 0xffffffffL;
            long length = buffer.getInt(HEADER_BYTES + 12 + tag * TAG_BYTES) & 0xffffffffL;
            if (from < HEADER_BYTES || from + length > size) {
                return null;
            }
        }
        return size == icc.length ? icc : Arrays.copyOf(icc, size);
    }

    private static boolean matches(byte[] icc, int components) {
        return switch (components) {
            case 1 -> ImageDecoder.starts(icc, 16, 'G', 'R', 'A', 'Y');
            case 3 -> ImageDecoder.starts(icc, 16, 'R', 'G', 'B', ' ');
            case 4 -> ImageDecoder.starts(icc, 16, 'C', 'M', 'Y', 'K');
            default -> false;
        };
    }

    /** Whether a grid of colours comes out as it is, as with the sRGB profiles that many cameras embed. */
    private boolean changesNothing() {
        int steps = components == 1 ? 256 : 8;
        int count = components == 1 ? steps : components == 3 ? steps * steps * steps : 1;
        byte[] colours = new byte[count * components];
        for (int i = 0; i < count; i++) {
            for (int component = 0, rest = i; component < components; component++, rest /= steps) {
                colours[i * components + component] = (byte) (rest % steps * 255 / (steps - 1));
            }
        }
        byte[] rgb = new byte[count * 3];
        convert(colours, count, rgb);
        boolean same = components != 4;
        for (int i = 0; same && i < rgb.length; i++) {
            int before = colours[components == 1 ? i / 3 : i] & 0xff;
            same = Math.abs((rgb[i] & 0xff) - before) <= 1;
        }
        return same;
    }

    /**
     * The profiles that were used last: opening one takes milliseconds, and most files have one of a few. For one
     * thread at a time.
     */
    static final class Cache {
        private static final int MAX_PROFILES = 8;

        private record Key(ByteBuffer icc, int components) {}

        private final Map<Key, Optional<ColorProfile>> profiles = new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Key, Optional<ColorProfile>> eldest) {
                return size() > MAX_PROFILES;
            }
        };

        /**
         * @param icc or null
         * @param components of a pixel without alpha
         * @return the profile, or null where the pixels are to be taken as sRGB
         */
        ColorProfile of(byte[] icc, int components) {
            return icc == null || icc.length > MAX_BYTES
                    ? null
                    : profiles.computeIfAbsent(new Key(ByteBuffer.wrap(icc), components), key -> open(icc, components))
                            .orElse(null);
        }
    }
}
