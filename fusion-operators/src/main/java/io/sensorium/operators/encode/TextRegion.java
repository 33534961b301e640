// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.encode;

import io.sensorium.operators.encode.Passage.Box;

/**
 * A rectangle, perhaps turned, around a line of writing. Lengths in pixels, columns to the right, rows downwards.
 *
 * @param x column of the centre
 * @param y row of the centre
 * @param directionX of the unit vector along which the line is read
 * @param directionY likewise
 * @param width along that direction
 * @param height across it
 */
record TextRegion(double x, double y, double directionX, double directionY, double width, double height) {

    /** Sine of the angle up to which a line counts as level. */
    private static final double LEVEL = 0.1;

    /** Scaled, then moved. */
    TextRegion placed(double scale, double right, double down) {
        return new TextRegion(
                x * scale + right, y * scale + down, directionX, directionY, width * scale, height * scale);
    }

    /** With its edges moved outwards. */
    TextRegion grown(double distance) {
        return new TextRegion(x, y, directionX, directionY, width + 2 * distance, height + 2 * distance);
    }

    /** The same rectangle, read from its other end. */
    TextRegion turned() {
        return new TextRegion(x, y, -directionX, -directionY, width, height);
    }

    boolean isLevel() {
        return Math.abs(directionY) < LEVEL && directionX > 0;
    }

    /** Whether it is read downwards. */
    boolean isStanding() {
        return Math.abs(directionX) < LEVEL && directionY > 0;
    }

    /** Whether it is read rather downwards than to the right. */
    boolean isDownwards() {
        return Math.abs(directionY) > Math.abs(directionX);
    }

    /** The same rectangle, read along its other side. */
    TextRegion lying() {
        return new TextRegion(x, y, directionY, -directionX, height, width);
    }

    double left() {
        return x - reachX();
    }

    double right() {
        return x + reachX();
    }

    double top() {
        return y - reachY();
    }

    double bottom() {
        return y + reachY();
    }

    private double reachX() {
        return (Math.abs(directionX) * width + Math.abs(directionY) * height) / 2;
    }

    private double reachY() {
        return (Math.abs(directionY) * width + Math.abs(directionX) * height) / 2;
    }

    /** Rows that both cover, as a share of the lower one's. */
    double sharedRows(TextRegion other) {
        double shared = Math.min(bottom(), other.bottom()) - Math.max(top(), other.top());
        return Math.max(0, shared) / Math.min(bottom() - top(), other.bottom() - other.top());
    }

    /** The level rectangle around both. */
    TextRegion union(TextRegion other) {
        double left = Math.min(left(), other.left());
        double right = Math.max(right(), other.right());
        double top = Math.min(top(), other.top());
        double bottom = Math.max(bottom(), other.bottom());
        return new TextRegion((left + right) / 2, (top + bottom) / 2, 1, 0, right - left, bottom - top);
    }

    /** The pixels of an image that it touches. */
    Box box(int imageWidth, int imageHeight) {
        int left = (int) Math.floor(Math.max(0, Math.min(imageWidth - 1, left())));
        int top = (int) Math.floor(Math.max(0, Math.min(imageHeight - 1, top())));
        return new Box(left, top, (int) Math.ceil(Math.max(left + 1, Math.min(imageWidth, right()))), (int)
                Math.ceil(Math.max(top + 1, Math.min(imageHeight, bottom()))));
    }
}
