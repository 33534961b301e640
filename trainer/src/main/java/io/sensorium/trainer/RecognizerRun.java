// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer;

import io.sensorium.operators.encode.Encoder;
import io.sensorium.operators.media.MediaLimits;
import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.pack.PackedModel;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;

/** A recognizer over many files, one after the other on one thread of the CPU. */
final class RecognizerRun {

    private static final int PROGRESS = 100;

    private RecognizerRun() {}

    /** What is done with each item. */
    interface Step<T> {
        void with(Encoder recognizer, T item) throws IOException;
    }

    /**
     * Opens a recognizer and gives it to a step for each item.
     *
     * @param what the items are called in the progress, such as {@code recordings}
     * @throws IOException when a step does
     */
    static <T> void over(List<T> items, String what, PackedModel model, PrintStream progress, Step<T> step)
            throws IOException {
        try (Encoder recognizer = Encoder.open(model, MediaLimits.DEFAULT, Device.parse("cpu"), 1)) {
            recognizer.warmUp(false);
            int done = 0;
            for (T item : items) {
                step.with(recognizer, item);
                if (++done % PROGRESS == 0) {
                    progress.printf(Locale.ROOT, "%d of %d %s%n", done, items.size(), what);
                }
            }
        }
    }
}
