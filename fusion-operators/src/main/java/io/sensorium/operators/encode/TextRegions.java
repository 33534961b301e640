// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.encode;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.locationtech.jts.algorithm.MinimumAreaRectangle;
import org.locationtech.jts.geom.Coordinate;
import org.locationtech.jts.geom.GeometryFactory;
import org.locationtech.jts.geom.Polygon;

/**
 * Lines of writing in a map of probabilities, as Liao et al., 2020, <a
 * href="https://arxiv.org/abs/1911.08947">Real-time Scene Text Detection with Differentiable Binarization</a>, form
 * boxes: connected pixels above a threshold are the shrunken core of a line; the smallest rectangle around it is
 * widened by its area over its perimeter, times a ratio. For one thread.
 */
final class TextRegions {

    /** PP-OCR's figures. */
    private static final float PIXEL = 0.3f;

    private static final double BOX = 0.6;
    private static final double UNCLIP = 1.5;
    private static final double NARROWEST = 3;

    /** From this share of height to width, writing runs from the top to the bottom. */
    private static final double STANDING = 1.5;

    /** Cores that are looked at; noise may have any number of them. */
    private static final int MOST = 1000;

    private static final GeometryFactory GEOMETRY = new GeometryFactory();

    private boolean[] open = new boolean[0];
    private int[] stack = new int[1024];
    private int top;
    private int[] first = new int[0];
    private int[] last = new int[0];

    /**
     * Finds the lines.
     *
     * @param map a probability for each pixel, row by row
     * @return in no particular order
     */
    List<TextRegion> find(FloatBuffer map, int width, int height) {
        if (open.length < width * height) {
            open = new boolean[width * height];
        }
        if (first.length < height) {
            first = new int[height];
            last = new int[height];
        }
        for (int i = 0; i < width * height; i++) {
            open[i] = map.get(i) > PIXEL;
        }
        List<TextRegion> found = new ArrayList<>();
        int cores = 0;
        for (int i = 0; i < width * height && cores < MOST; i++) {
            if (!open[i]) {
                continue;
            }
            int highest = i / width;
            int lowest = take(i, width, height);
            if (lowest - highest + 1 >= NARROWEST) {
                cores++;
                TextRegion core = core(highest, lowest);
                if (core != null && meanWithin(core, map, width, height) >= BOX) {
                    double distance = core.width() * core.height() * UNCLIP / (2 * (core.width() + core.height()));
                    found.add(core.grown(distance));
                }
            }
        }
        return found;
    }

    /**
     * Takes the pixels that are connected with one out of the open ones, and notes the first and the last of each row.
     *
     * @param from the first of them, so that none is in a row above
     * @return their last row
     */
    private int take(int from, int width, int height) {
        int highest = from / width;
        int lowest = highest;
        first[highest] = width;
        last[highest] = -1;
        open[from] = false;
        push(from);
        while (top > 0) {
            int pixel = stack[--top];
            int x = pixel % width;
            int y = pixel / width;
            for (; lowest < y; lowest++) {
                first[lowest + 1] = width;
                last[lowest + 1] = -1;
            }
            first[y] = Math.min(first[y], x);
            last[y] = Math.max(last[y], x);
            for (int v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
                for (int u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
                    if (open[v * width + u]) {
                        open[v * width + u] = false;
                        push(v * width + u);
                    }
                }
            }
        }
        return lowest;
    }

    private void push(int pixel) {
        if (top == stack.length) {
            stack = Arrays.copyOf(stack, 2 * top);
        }
        stack[top++] = pixel;
    }

    /** The smallest rectangle around what was taken; null where it is too narrow for writing. */
    private TextRegion core(int highest, int lowest) {
        Coordinate[] ends = new Coordinate[2 * (lowest - highest + 1)];
        for (int y = highest; y <= lowest; y++) {
            ends[2 * (y - highest)] = new Coordinate(first[y], y);
            ends[2 * (y - highest) + 1] = new Coordinate(last[y], y);
        }
        if (!(MinimumAreaRectangle.getMinimumRectangle(GEOMETRY.createMultiPointFromCoords(ends))
                instanceof Polygon rectangle)) {
            return null;
        }
        Coordinate[] corners = rectangle.getCoordinates();
        double one = corners[0].distance(corners[1]);
        double other = corners[1].distance(corners[2]);
        if (Math.min(one, other) < NARROWEST) {
            return null;
        }
        double x = (corners[0].x + corners[2].x) / 2;
        double y = (corners[0].y + corners[2].y) / 2;
        double alongX = (corners[1].x - corners[0].x) / one;
        double alongY = (corners[1].y - corners[0].y) / one;
        boolean level = Math.abs(alongX) >= Math.abs(alongY);
        // The side that is nearer to level, read to the right.
        double directionX = level ? alongX : alongY;
        double directionY = level ? alongY : -alongX;
        if (directionX < 0) {
            directionX = -directionX;
            directionY = -directionY;
        }
        double width = level ? one : other;
        double height = level ? other : one;
        return height < STANDING * width
                ? new TextRegion(x, y, directionX, directionY, width, height)
                : new TextRegion(x, y, -directionY, directionX, height, width);
    }

    private static double meanWithin(TextRegion region, FloatBuffer map, int width, int height) {
        double sum = 0;
        int count = 0;
        for (int y = (int) Math.max(0, Math.floor(region.top()));
                y <= Math.min(height - 1, Math.ceil(region.bottom()));
                y++) {
            for (int x = (int) Math.max(0, Math.floor(region.left()));
                    x <= Math.min(width - 1, Math.ceil(region.right()));
                    x++) {
                double right = x - region.x();
                double down = y - region.y();
                double along = right * region.directionX() + down * region.directionY();
                double across = down * region.directionX() - right * region.directionY();
                if (2 * Math.abs(along) <= region.width() + 1 && 2 * Math.abs(across) <= region.height() + 1) {
                    sum += map.get(y * width + x);
                    count++;
                }
            }
        }
        return count == 0 ? 0 : sum / count;
    }
}
