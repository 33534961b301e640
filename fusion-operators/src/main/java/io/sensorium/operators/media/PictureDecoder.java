package io.sensorium.operators.media;

import io.sensorium.operators.media.MediaException.Problem;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
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
 * Decodes JPEG, PNG, WebP and the first frame of GIF through ImageIO (with TwelveMonkeys for WebP and CMYK). Safe for
 * several threads.
 */
public final class PictureDecoder {

    private final MediaLimits limits;

    public PictureDecoder(MediaLimits limits) {
        this.limits = limits;
    }

    /**
     * Decodes a picture, subsampled where it is far larger than needed.
     *
     * @param side the side in pixels that the caller will scale to; the result is at least twice that, or as large as it is
     * @throws MediaException when the bytes are empty, corrupt, cut short, too large or of another format
     */
    public BufferedImage decode(byte[] bytes, int side) throws MediaException {
        limits.checkSize(bytes, "picture");
        String format = format(bytes);
        if (format == null) {
            throw new MediaException(Problem.UNSUPPORTED, "the payload is no JPEG, PNG, WebP or GIF by its first bytes");
        }
        Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName(format);
        if (!readers.hasNext()) {
            throw new MediaException(Problem.UNSUPPORTED, "no reader for " + format + " on the class path");
        }
        ImageReader reader = readers.next();
        boolean[] cutShort = new boolean[1];
        try (ImageInputStream stream = new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
            reader.addIIOReadWarningListener((IIOReadWarningListener) (source, warning) ->
                    cutShort[0] |= saysCutShort(warning));
            reader.setInput(stream, true, true);
            int width = reader.getWidth(0);
            int height = reader.getHeight(0);
            if ((long) width * height > limits.maxPixels()) {
                throw new MediaException(Problem.TOO_LARGE, "the " + format + " declares " + width + " × " + height + " pixels, more than the limit of "
                        + limits.maxPixels() + "; send a smaller one or raise media.max_pixels");
            }
            ImageReadParam parameters = reader.getDefaultReadParam();
            int subsampling = Math.max(1, Math.min(width, height) / (2 * side));
            parameters.setSourceSubsampling(subsampling, subsampling, 0, 0);
            BufferedImage picture = reader.read(0, parameters);
            if (cutShort[0]) {
                throw new MediaException(Problem.CORRUPT, "the " + format + " of " + bytes.length + " bytes is cut short or damaged");
            }
            return picture;
        } catch (IOException | RuntimeException e) {
            throw new MediaException(Problem.CORRUPT, "the " + format + " of " + bytes.length + " bytes cannot be decoded: " + e, e);
        } finally {
            reader.dispose();
        }
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
