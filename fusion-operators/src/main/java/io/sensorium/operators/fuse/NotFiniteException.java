// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.fuse;

import ai.onnxruntime.OrtException;

/** A head ran, and gave a number that is NaN or infinite, which no result may carry. */
public final class NotFiniteException extends OrtException {
    private static final long serialVersionUID = 1L;

    NotFiniteException(double value, String output) {
        super("the head gave " + value + " as " + output + ", which is not a finite number");
    }
}
