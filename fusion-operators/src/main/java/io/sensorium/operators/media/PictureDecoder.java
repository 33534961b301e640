package io.sensorium.operators.media;

import io.sensorium.operators.media.MediaException.Problem;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.Iterator;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.event.IIOReadWarningListener;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * Decodes JPEG, PNG and the first frame of GIF through ImageIO (with TwelveMonkeys for CMYK), WebP through FFmpeg. Safe for
 * several threads.
 */
public final class PictureDecoder {

    /** Passes of a progressive JPEG. Encoders make about ten; each costs a walk over the whole picture, and ten bytes. */
    private static final int MOST_SCANS = 100;

    private final MediaLimits limits;
    private final WebPDecoder webp;

    public PictureDecoder(MediaLimits limits) {
        this.limits = limits;
        this.webp = new WebPDecoder(limits);
    }

    /**
     * Decodes a picture, subsampled where it is far larger than needed.
     *
     * @param side the side in pixels that the caller will scale to; the shorter side of the result is at least twice that, or as long as it is
     * @throws MediaException when the bytes are empty, corrupt, cut short, too large or of another format
     */
    public BufferedImage decode(byte[] bytes, int side) throws MediaException {
        limits.checkSize(bytes, "picture");
        String format = format(bytes);
        if (format == null) {
            throw new MediaException(Problem.UNSUPPORTED, "the payload is no JPEG, PNG, WebP or GIF by its first bytes");
        }
        if (format.equals("webp")) {
            return webp.decode(bytes, side);
        }
        Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName(format);
        if (!readers.hasNext()) {
            throw new MediaException(Problem.UNSUPPORTED, "no reader for " + format + " on the class path");
        }
        if (format.equals("jpeg") && scans(bytes) > MOST_SCANS) {
            throw new MediaException(Problem.TOO_LARGE, "the jpeg has " + scans(bytes) + " scans, more than " + MOST_SCANS + "; encode it anew");
        }
        ImageReader reader = readers.next();
        TimedBytes timed = new TimedBytes(bytes, limits.maxDecode());
        boolean[] cutShort = new boolean[1];
        try (ImageInputStream stream = new MemoryCacheImageInputStream(timed)) {
            reader.addIIOReadWarningListener((IIOReadWarningListener) (source, warning) ->
                    cutShort[0] |= saysCutShort(warning));
            reader.addIIOReadProgressListener(new Progress(() -> {
                if (timed.over()) {
                    reader.abort();
                }
            }));
            reader.setInput(stream, true, true);
            int width = reader.getWidth(0);
            int height = reader.getHeight(0);
            limits.checkPixels(format, width, height);
            ImageReadParam parameters = reader.getDefaultReadParam();
            Subsampling step = Subsampling.of(width, height, side);
            parameters.setSourceSubsampling(step.across(), step.down(), 0, 0);
            BufferedImage picture = reader.read(0, parameters);
            if (timed.over()) {
                throw limits.tookTooLong(format);
            }
            if (cutShort[0]) {
                throw new MediaException(Problem.CORRUPT, "the " + format + " of " + bytes.length + " bytes is cut short or damaged");
            }
            return picture;
        } catch (IOException | RuntimeException e) {
            if (timed.over()) {
                throw limits.tookTooLong(format);
            }
            throw new MediaException(Problem.CORRUPT, "the " + format + " of " + bytes.length + " bytes cannot be decoded: " + e, e);
        } finally {
            reader.dispose();
        }
    }

    private static int scans(byte[] jpeg) {
        int scans = 0;
        for (int i = 2; i + 1 < jpeg.length; i++) {
            // Within a scan 0xff is followed by zero: this is a marker, or within an embedded thumbnail.
            scans += jpeg[i] == (byte) 0xff && jpeg[i + 1] == (byte) 0xda ? 1 : 0;
        }
        return scans;
    }

    private static boolean saysCutShort(String warning) {
        String text = warning.toLowerCase(Locale.ROOT);
        return text.contains("premature") || text.contains("corrupt") || text.contains("truncated") || text.contains("eof");
    }

    /** The ImageIO name of the format by its magic bytes, or null. */
    static String format(byte[] b) {
        if (starts(b, 0, 0xff, 0xd8, 0xff)) {
            return "jpeg";
        }
        if (starts(b, 0, 0x89, 'P', 'N', 'G')) {
            return "png";
        }
        if (starts(b, 0, 'G', 'I', 'F', '8')) {
            return "gif";
        }
        return starts(b, 0, 'R', 'I', 'F', 'F') && starts(b, 8, 'W', 'E', 'B', 'P') ? "webp" : null;
    }

    static boolean starts(byte[] bytes, int at, int... magic) {
        if (bytes.length < at + magic.length) {
            return false;
        }
        for (int i = 0; i < magic.length; i++) {
            if ((bytes[at + i] & 0xff) != magic[i]) {
                return false;
            }
        }
        return true;
    }
}
