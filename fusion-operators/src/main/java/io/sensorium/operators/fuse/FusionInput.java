package io.sensorium.operators.fuse;

import java.util.List;

/**
 * One window as an operator sees it.
 *
 * @param vectors by slot of the head, in the head's order: the embeddings of the slot's modality, in the window's order;
 *     empty where the modality is absent
 */
public record FusionInput(List<List<float[]>> vectors) {

    public FusionInput {
        vectors = List.copyOf(vectors);
    }

    boolean has(int slot) {
        return !vectors.get(slot).isEmpty();
    }
}
