// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import javax.imageio.ImageReader;
import javax.imageio.event.IIOReadProgressListener;

/** Looks at the time whenever a reader has come a little further. */
record DeadlineProgressListener(Runnable further) implements IIOReadProgressListener {

    @Override
    public void imageProgress(ImageReader source, float percentageDone) {
        further.run();
    }

    @Override
    public void sequenceStarted(ImageReader source, int minIndex) {}

    @Override
    public void sequenceComplete(ImageReader source) {}

    @Override
    public void imageStarted(ImageReader source, int imageIndex) {}

    @Override
    public void imageComplete(ImageReader source) {}

    @Override
    public void thumbnailStarted(ImageReader source, int imageIndex, int thumbnailIndex) {}

    @Override
    public void thumbnailProgress(ImageReader source, float percentageDone) {}

    @Override
    public void thumbnailComplete(ImageReader source) {}

    @Override
    public void readAborted(ImageReader source) {}
}
