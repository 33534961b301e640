// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import java.awt.image.BufferedImage;

/** An image as it is shown, perhaps reduced, with the size that it has in its file. */
public final class DecodedImage extends BufferedImage {

    private final int originalWidth;
    private final int originalHeight;

    /**
     * An image without pixels yet.
     *
     * @param width that it is reduced to
     * @param height likewise
     * @param type as {@link BufferedImage} has it
     * @param originalWidth of the upright image before it was reduced, in pixels
     * @param originalHeight likewise
     */
    DecodedImage(int width, int height, int type, int originalWidth, int originalHeight) {
        super(width, height, type);
        this.originalWidth = originalWidth;
        this.originalHeight = originalHeight;
    }

    /** Width in pixels before it was reduced. */
    public int originalWidth() {
        return originalWidth;
    }

    /** Height in pixels before it was reduced. */
    public int originalHeight() {
        return originalHeight;
    }
}
