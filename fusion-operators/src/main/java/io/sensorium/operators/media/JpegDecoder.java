// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import io.sensorium.operators.media.MediaException.Problem;
import java.awt.Point;
import java.awt.Rectangle;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.PixelInterleavedSampleModel;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.IOException;
import java.util.Iterator;
import java.util.Locale;
import java.util.function.ObjIntConsumer;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * JPEG through the JDK's reader, which is given the image's data alone and hands over row by row. For one thread at a
 * time.
 */
final class JpegDecoder {

    /** Passes of a progressive JPEG. Encoders make about ten; each costs a walk over the whole image, and ten bytes. */
    private static final int MAX_SCANS = 100;
    /** What is decoded at once of an image of four inks, which the reader does not hand over row by row. */
    private static final int BAND_BYTES = 16 << 20;

    private final MediaLimits limits;
    private final ColorProfile.Cache profiles;

    JpegDecoder(MediaLimits limits, ColorProfile.Cache profiles) {
        this.limits = limits;
        this.profiles = profiles;
    }

    /** @param side that the caller will scale to */
    DecodedImage decode(byte[] bytes, int side, DecodeDeadline deadline) throws MediaException, IOException {
        JpegFile file = JpegFile.parse(bytes, deadline);
        limits.checkPixels("jpeg", file.width(), file.height());
        if (file.scans() > MAX_SCANS) {
            throw new MediaException(
                    Problem.TOO_LARGE,
                    "the jpeg has " + file.scans() + " scans, more than " + MAX_SCANS + "; encode it again");
        }
        PixelGrid grid = new PixelGrid(file.width(), file.height(), side);
        ColorProfile profile = profiles.of(file.metadata().profile(), file.components());
        boolean[] damaged = new boolean[1];
        DeadlineInputStream timed = new DeadlineInputStream(file.plain(), limits.maxDecode());
        ImageReader reader = reader();
        try (ImageInputStream stream = new MemoryCacheImageInputStream(timed)) {
            reader.addIIOReadWarningListener((source, warning) -> damaged[0] |= saysDamaged(warning));
            reader.addIIOReadProgressListener(new DeadlineProgressListener(() -> {
                if (deadline.over()) {
                    reader.abort();
                }
            }));
            reader.setInput(stream, false, true);
            if (file.components() == 4) {
                inks(reader, file, profile, grid);
            } else {
                rows(reader, file, profile, grid);
            }
        } catch (IOException | RuntimeException e) {
            deadline.check();
            throw e;
        } finally {
            reader.dispose();
        }
        deadline.check();
        if (damaged[0]) {
            throw new MediaException(
                    Problem.CORRUPT,
                    "the jpeg of " + bytes.length + " bytes is truncated or damaged: rows are missing");
        }
        return grid.image(file.metadata().orientation());
    }

    /** The JDK's own, whichever others are on the class path. */
    private static ImageReader reader() throws MediaException {
        for (Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName("jpeg"); readers.hasNext(); ) {
            ImageReader reader = readers.next();
            if (reader.getClass().getModule() == ImageIO.class.getModule()) {
                return reader;
            }
            reader.dispose();
        }
        throw new MediaException(
                Problem.UNSUPPORTED,
                "this Java runtime has no JPEG reader; use one with the whole module java.desktop");
    }

    private static void rows(ImageReader reader, JpegFile file, ColorProfile profile, PixelGrid grid)
            throws IOException, MediaException {
        int bands = file.components();
        byte[] rgb = new byte[file.width() * 3];
        RowConverter converter = bands == 3 && profile == null ? null : new RowConverter(bands, false, profile);
        RowTarget target = new RowTarget(file.width(), file.height(), bands, (row, y) -> {
            if (y == 0) {
                // The next pass over a progressive image, each finer than the one before.
                grid.restart();
            }
            if (converter == null) {
                grid.row(row, y);
            } else {
                converter.convert(row, file.width(), rgb);
                grid.row(rgb, y);
            }
        });
        ColorModel model = new ComponentColorModel(
                ColorSpace.getInstance(bands == 1 ? ColorSpace.CS_GRAY : ColorSpace.CS_sRGB),
                false,
                false,
                ColorModel.OPAQUE,
                DataBuffer.TYPE_BYTE);
        ImageReadParam parameters = reader.getDefaultReadParam();
        parameters.setDestination(new BufferedImage(model, target, false, null));
        reader.read(0, parameters);
        if (target.rows != file.height()) {
            throw new MediaException(
                    Problem.CORRUPT,
                    "the jpeg is truncated or damaged: " + target.rows + " of " + file.height() + " rows were decoded");
        }
    }

    private static void inks(ImageReader reader, JpegFile file, ColorProfile profile, PixelGrid grid)
            throws IOException {
        int width = file.width();
        int bandRows = Math.max(16, BAND_BYTES / (width * 4));
        byte[] rgb = new byte[width * 3];
        byte[] row = new byte[width * 4];
        RowConverter converter = new RowConverter(4, false, profile);
        for (int from = 0; from < file.height(); from += bandRows) {
            ImageReadParam parameters = reader.getDefaultReadParam();
            int count = Math.min(bandRows, file.height() - from);
            parameters.setSourceRegion(new Rectangle(0, from, width, count));
            byte[] pixels = ((DataBufferByte) reader.readRaster(0, parameters).getDataBuffer()).getData();
            for (int y = 0; y < count; y++) {
                System.arraycopy(pixels, y * row.length, row, 0, row.length);
                toInks(row, file.inks());
                converter.convert(row, width, rgb);
                grid.row(rgb, from + y);
            }
        }
    }

    /** From what is stored to 0 for no ink. */
    private static void toInks(byte[] row, JpegFile.Inks inks) {
        for (int i = 0; i < row.length; i += 4) {
            if (inks.transformed()) {
                double luma = row[i] & 0xff;
                double blue = (row[i + 1] & 0xff) - 128;
                double red = (row[i + 2] & 0xff) - 128;
                // Decoded as RGB, which is what is left of the light: inks are the complement.
                row[i] = (byte) (255 - clamped(luma + 1.402 * red));
                row[i + 1] = (byte) (255 - clamped(luma - 0.344136 * blue - 0.714136 * red));
                row[i + 2] = (byte) (255 - clamped(luma + 1.772 * blue));
            }
            for (int ink = 0; inks.inverted() && ink < 4; ink++) {
                row[i + ink] = (byte) ~row[i + ink];
            }
        }
    }

    private static int clamped(double value) {
        return (int) Math.max(0, Math.min(255, value + 0.5));
    }

    /** Bytes between a segment's end and the next marker cost no row. */
    private static boolean saysDamaged(String warning) {
        String text = warning.toLowerCase(Locale.ROOT);
        return (text.contains("premature")
                        || text.contains("corrupt")
                        || text.contains("truncated")
                        || text.contains("eof"))
                && !text.contains("extraneous");
    }

    /**
     * A raster of which only the row that has just been decoded exists: the reader puts each row into it, from the top,
     * once in each pass.
     */
    private static final class RowTarget extends WritableRaster {
        private final ObjIntConsumer<byte[]> consumer;
        private int rows;

        RowTarget(int width, int height, int bands, ObjIntConsumer<byte[]> consumer) {
            super(
                    new PixelInterleavedSampleModel(
                            DataBuffer.TYPE_BYTE,
                            width,
                            height,
                            bands,
                            width * bands,
                            bands == 1 ? new int[] {0} : new int[] {0, 1, 2}),
                    new DataBufferByte(1),
                    new Point());
            this.consumer = consumer;
        }

        @Override
        public void setRect(int x, int y, Raster row) {
            if (y == 0 && rows == getHeight()) {
                rows = 0;
            }
            if (x != 0 || y != rows || row.getWidth() != getWidth() || row.getHeight() != 1) {
                throw new IllegalStateException("the JPEG reader of this Java runtime does not hand over row by row");
            }
            consumer.accept(((DataBufferByte) row.getDataBuffer()).getData(), rows++);
        }
    }
}
