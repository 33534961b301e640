// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media.fuzz;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.stream.ImageInputStream;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacv.FFmpegFrameGrabber;
import org.bytedeco.javacv.Frame;
import org.bytedeco.javacv.FrameGrabber;
import org.w3c.dom.NamedNodeMap;
import org.w3c.dom.Node;

/**
 * Decoders that share no code with the one that is tested: Java's reader of GIF, and FFmpeg's of JPEG and GIF. Pixels
 * are on white, not turned, without a profile.
 */
final class OtherReaders {

    private OtherReaders() {}

    /** The first frame on its canvas, which is enlarged where the frame does not fit. */
    static BufferedImage gif(byte[] gif) throws NotCompared {
        boolean[] warned = new boolean[1];
        ImageReader reader = reader("gif");
        try (ImageInputStream in = ImageIO.createImageInputStream(new ByteArrayInputStream(gif))) {
            reader.addIIOReadWarningListener((source, warning) -> warned[0] = true);
            reader.setInput(in, false, false);
            int[] screen = fields(
                    reader.getStreamMetadata(), "LogicalScreenDescriptor", "logicalScreenWidth", "logicalScreenHeight");
            int[] frame = fields(
                    reader.getImageMetadata(0),
                    "ImageDescriptor",
                    "imageLeftPosition",
                    "imageTopPosition",
                    "imageWidth",
                    "imageHeight",
                    "interlaceFlag");
            int width = Math.max(screen[0], frame[0] + frame[2]);
            int height = Math.max(screen[1], frame[1] + frame[3]);
            if ((long) width * height > PngReader.MAX_PIXELS) {
                throw new NotCompared("large");
            }
            if (frame[4] == 1 && frame[3] < 5) {
                throw new NotCompared("interlaced of fewer than five rows");
            }
            BufferedImage pixels = reader.read(0);
            if (warned[0]) {
                throw new NotCompared("Java's reader has a warning");
            }
            IndexColorModel colours = (IndexColorModel) pixels.getColorModel();
            BufferedImage canvas = white(width, height);
            for (int y = 0; y < frame[3]; y++) {
                for (int x = 0; x < frame[2]; x++) {
                    int index = pixels.getRaster().getSample(x, y, 0);
                    canvas.setRGB(
                            frame[0] + x,
                            frame[1] + y,
                            colours.getAlpha(index) == 0 ? 0xffffff : colours.getRGB(index));
                }
            }
            return canvas;
        } catch (IOException | RuntimeException e) {
            throw new NotCompared("refused by Java's reader");
        } finally {
            reader.dispose();
        }
    }

    private static BufferedImage white(int width, int height) {
        BufferedImage canvas = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        canvas.createGraphics().fillRect(0, 0, width, height);
        return canvas;
    }

    private static int[] fields(IIOMetadata metadata, String element, String... names) {
        for (Node node = metadata.getAsTree(metadata.getNativeMetadataFormatName())
                        .getFirstChild();
                node != null;
                node = node.getNextSibling()) {
            if (node.getNodeName().equals(element)) {
                NamedNodeMap attributes = node.getAttributes();
                return Arrays.stream(names)
                        .map(name -> attributes.getNamedItem(name).getNodeValue())
                        .mapToInt(OtherReaders::number)
                        .toArray();
            }
        }
        throw new IllegalStateException("no " + element);
    }

    private static int number(String value) {
        return value.equals("TRUE") ? 1 : value.equals("FALSE") ? 0 : Integer.parseInt(value);
    }

    private static ImageReader reader(String format) {
        for (Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName(format); readers.hasNext(); ) {
            ImageReader reader = readers.next();
            if (reader.getClass().getModule() == ImageIO.class.getModule()) {
                return reader;
            }
        }
        throw new IllegalStateException("Java's own reader of " + format + " is missing");
    }

    /**
     * By FFmpeg.
     *
     * @param format "jpeg" or "gif"
     */
    static BufferedImage ffmpeg(String format, byte[] file) throws NotCompared {
        avutil.av_log_set_level(avutil.AV_LOG_QUIET);
        try (FFmpegFrameGrabber grabber = new FFmpegFrameGrabber(new ByteArrayInputStream(file))) {
            grabber.setFormat(format.equals("gif") ? "gif" : format + "_pipe");
            grabber.setPixelFormat(avutil.AV_PIX_FMT_BGRA);
            // What libjpeg warns of is refused by the decoder that is tested; what FFmpeg finds damaged is not
            // compared.
            grabber.setVideoOption("err_detect", "explode");
            grabber.start();
            Frame frame = grabber.grabImage();
            if (frame == null || (long) frame.imageWidth * frame.imageHeight > PngReader.MAX_PIXELS) {
                throw new NotCompared(frame == null ? "refused by FFmpeg" : "large");
            }
            BufferedImage picture = new BufferedImage(frame.imageWidth, frame.imageHeight, BufferedImage.TYPE_INT_RGB);
            ByteBuffer pixels = (ByteBuffer) frame.image[0];
            for (int y = 0; y < frame.imageHeight; y++) {
                for (int x = 0; x < frame.imageWidth; x++) {
                    int at = y * frame.imageStride + 4 * x;
                    picture.setRGB(
                            x,
                            y,
                            pixels.get(at + 3) == 0
                                    ? 0xffffff
                                    : (pixels.get(at + 2) & 255) << 16
                                            | (pixels.get(at + 1) & 255) << 8
                                            | pixels.get(at) & 255);
                }
            }
            return picture;
        } catch (FrameGrabber.Exception e) {
            throw new NotCompared("refused by FFmpeg");
        }
    }
}
