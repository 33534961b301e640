// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media.fuzz;

/**
 * Two decoders' values are not held against each other, as the file is of a kind of which each may make its own; the
 * message names the kind.
 */
final class NotCompared extends Exception {

    private static final long serialVersionUID = 1L;

    /** @param kind without commas and equals signs, as it stands among the figures */
    NotCompared(String kind) {
        super(kind, null, false, false);
    }
}
