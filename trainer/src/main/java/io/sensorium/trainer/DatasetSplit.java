// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer;

import io.sensorium.operators.pack.PackedModel;
import java.nio.charset.StandardCharsets;

/** Parts of a data set: by a hash of the row's group (speaker, picture, clip), so that a group is never torn apart. */
enum DatasetSplit {
    TRAIN,
    VALIDATION,
    TEST,
    ALL;

    /** The part a group belongs to: a fifth is for testing, a tenth for early stopping and calibration. */
    static DatasetSplit of(String group) {
        int bucket = Integer.parseInt(
                        PackedModel.sha256(group.getBytes(StandardCharsets.UTF_8))
                                .substring(0, 6),
                        16)
                % 10;
        return bucket < 2 ? TEST : bucket == 2 ? VALIDATION : TRAIN;
    }

    boolean contains(String group) {
        return this == ALL || of(group) == this;
    }
}
