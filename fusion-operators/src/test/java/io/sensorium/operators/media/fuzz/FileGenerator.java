// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media.fuzz;

import java.util.Random;

/** Makes files of one format that keep to its grammar, usual and unusual ones, the same ones from the same seed. */
interface FileGenerator {

    /** The format's name, as it stands in seeds. */
    String format();

    /** Whether it holds a picture; else a sound. */
    boolean isPicture();

    /** The next file. */
    Sample generate(Random random) throws Exception;
}
