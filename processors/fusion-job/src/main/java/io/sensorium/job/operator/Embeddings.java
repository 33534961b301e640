// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.operator;

import io.sensorium.job.alignment.EncodedEvent;

/** Reads the embeddings of a window's events. For the thread of the operator. */
public interface Embeddings {

    /** An event's embedding by its modality's encoder, {@code [dimension]}. */
    float[] vector(EncodedEvent event);
}
