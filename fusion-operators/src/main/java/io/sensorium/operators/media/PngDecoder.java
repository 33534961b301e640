// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import io.sensorium.operators.media.MediaException.Problem;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * PNG row by row. The JDK's reader cannot decode in less memory than the whole image takes, and Java2D takes its gray
 * with alpha for linear light (<a href="../../../../../../../../docs/adr/0002-media-decoders.md">ADR 2</a>). For one
 * thread at a time.
 */
final class PngDecoder {

    /** Longest side in pixels: two rows are held at a time. */
    private static final int MAX_SIDE = 1_000_000;
    /** Adam7: first column and row, and the steps, of each pass. */
    private static final int[][] PASSES = {
        {0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}
    };

    private final MediaLimits limits;
    private final ColorProfile.Cache profiles;

    PngDecoder(MediaLimits limits, ColorProfile.Cache profiles) {
        this.limits = limits;
        this.profiles = profiles;
    }

    /** @param side that the caller will scale to */
    DecodedImage decode(byte[] bytes, int side, DecodeDeadline deadline) throws MediaException {
        PngFile file = PngFile.parse(bytes, deadline);
        limits.checkPixels("png", file.width(), file.height());
        if (Math.max(file.width(), file.height()) > MAX_SIDE) {
            throw new MediaException(
                    Problem.TOO_LARGE,
                    "the png declares " + file.width() + " × " + file.height() + " pixels, more than " + MAX_SIDE
                            + " along one side; send a smaller one");
        }
        PixelGrid grid = new PixelGrid(file.width(), file.height(), side);
        PngSamples samples = new PngSamples(file, profiles);
        Inflater inflater = new Inflater();
        try {
            Rows rows = new Rows(bytes, file, inflater);
            byte[] rgb = new byte[file.width() * 3];
            int[][] passes = file.interlaced() ? PASSES : new int[][] {{0, 0, 1, 1}};
            for (int[] pass : passes) {
                int count = (file.width() - pass[0] + pass[2] - 1) / pass[2];
                if (count <= 0) {
                    continue;
                }
                rows.startPass(count);
                for (int y = pass[1]; y < file.height(); y += pass[3]) {
                    deadline.check();
                    samples.convert(rows.next(y), count, rgb);
                    if (file.interlaced()) {
                        grid.pixels(rgb, y, pass[0], pass[2], count);
                    } else {
                        grid.row(rgb, y);
                    }
                }
            }
        } finally {
            inflater.end();
        }
        return grid.image(file.metadata().orientation());
    }

    /** Unpacks rows and takes their filters back. */
    private static final class Rows {
        private final byte[] bytes;
        private final PngFile file;
        private final Inflater inflater;
        private final int pixelBytes;
        private int piece;
        private int rowBytes;
        /** The row that is unpacked and the one above it, behind as many zeros as a pixel has bytes. */
        private byte[] row = new byte[0];

        private byte[] above = new byte[0];
        private final byte[] filter = new byte[1];

        Rows(byte[] bytes, PngFile file, Inflater inflater) {
            this.bytes = bytes;
            this.file = file;
            this.inflater = inflater;
            this.pixelBytes = Math.max(1, file.samples() * file.depth() / 8);
        }

        void startPass(int count) {
            rowBytes = (int) (((long) count * file.samples() * file.depth() + 7) / 8);
            row = new byte[rowBytes + pixelBytes];
            above = new byte[rowBytes + pixelBytes];
        }

        /** @return the row, behind as many zeros as a pixel has bytes */
        byte[] next(int y) throws MediaException {
            byte[] last = above;
            above = row;
            row = last;
            try {
                fill(filter, 0, 1, y);
                fill(row, pixelBytes, rowBytes, y);
            } catch (DataFormatException e) {
                throw PngFile.corrupt(bytes, "is damaged in row " + y + " of " + file.height() + ": " + e.getMessage());
            }
            unfilter(y);
            return row;
        }

        private void fill(byte[] to, int at, int length, int y) throws DataFormatException, MediaException {
            for (int left = length; left > 0; ) {
                int count = inflater.inflate(to, at + length - left, left);
                left -= count;
                if (count == 0) {
                    if (inflater.finished()
                            || inflater.needsDictionary()
                            || piece == file.data().size()) {
                        throw PngFile.corrupt(bytes, "is cut short: it ends in row " + y + " of " + file.height());
                    }
                    int[] next = file.data().get(piece++);
                    inflater.setInput(bytes, next[0], next[1]);
                }
            }
        }

        private void unfilter(int y) throws MediaException {
            int end = pixelBytes + rowBytes;
            switch (filter[0]) {
                case 0 -> {}
                case 1 -> {
                    for (int i = pixelBytes; i < end; i++) {
                        row[i] += row[i - pixelBytes];
                    }
                }
                case 2 -> {
                    for (int i = pixelBytes; i < end; i++) {
                        row[i] += above[i];
                    }
                }
                case 3 -> {
                    for (int i = pixelBytes; i < end; i++) {
                        row[i] += (byte) ((row[i - pixelBytes] & 0xff) + (above[i] & 0xff) >> 1);
                    }
                }
                case 4 -> {
                    for (int i = pixelBytes; i < end; i++) {
                        row[i] +=
                                (byte) paeth(row[i - pixelBytes] & 0xff, above[i] & 0xff, above[i - pixelBytes] & 0xff);
                    }
                }
                default ->
                    throw PngFile.corrupt(
                            bytes, "is damaged: row " + y + " has the filter " + filter[0] + ", expected 0 to 4");
            }
        }

        private static int paeth(int left, int up, int corner) {
            int toLeft = Math.abs(up - corner);
            int toUp = Math.abs(left - corner);
            int toCorner = Math.abs(left + up - 2 * corner);
            return toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
        }
    }
}
