// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.encode;

/**
 * A stretch of the text that was found in a record's content: some speech of a clip, or a line of an image.
 *
 * @param confidence in [0, 1]
 */
public record Passage(String text, double confidence, Place place) {

    /** Where in the content a passage is. */
    public sealed interface Place {}

    /**
     * In a clip.
     *
     * @param startMs from the beginning of the clip
     * @param endMs likewise
     */
    public record Interval(long startMs, long endMs) implements Place {}

    /**
     * In an image, in pixels from the top left corner of the image as it is shown, after the orientation of its
     * metadata.
     *
     * @param left first column
     * @param top first row
     * @param right column after the last
     * @param bottom row after the last
     */
    public record Box(int left, int top, int right, int bottom) implements Place {}
}
