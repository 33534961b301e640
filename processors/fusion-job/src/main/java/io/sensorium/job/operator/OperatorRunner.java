// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.operator;

import ai.onnxruntime.OrtException;
import io.sensorium.job.alignment.AlignedWindow;
import java.util.List;
import java.util.Optional;

/** A head over batches of complete windows. For one thread. */
public interface OperatorRunner extends AutoCloseable {

    /** Why a window is more than one result can hold; empty where it is not. */
    default Optional<String> excess(AlignedWindow window) {
        return Optional.empty();
    }

    /**
     * One result for each window, in order. It depends on the window's events and past alone: no clock, no random
     * numbers, nothing of the other windows in the batch. A FINAL window with the events of its PROVISIONAL one is not
     * run again.
     *
     * @param pasts for each window, where the operator has a context, the fused vectors before it; else null
     * @throws OrtException when the head fails; then the windows are run one by one
     */
    List<FusedWindow> fuse(List<AlignedWindow> windows, List<float[]> pasts) throws OrtException;

    @Override
    void close();
}
