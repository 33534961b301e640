// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer.head;

import io.sensorium.operators.pack.ModelManifest.Parts;
import java.util.List;

/**
 * What goes into a head and what comes out.
 *
 * @param slots names of the embedding inputs, in the order of the mask's columns
 * @param dimensions of each, parts included
 * @param parts by slot, the tokens, regions or frames that the input ends with and the head attends to; null where it
 *     takes none
 * @param classes number of classes
 * @param context how many of the subject's earlier fused vectors the head reads; 0 for none
 */
public record HeadShape(List<String> slots, int[] dimensions, List<Parts> parts, int classes, int context) {

    /** A head of whole embeddings and no context. */
    public HeadShape(List<String> slots, int[] dimensions, int classes) {
        this(slots, dimensions, java.util.Collections.nCopies(slots.size(), null), classes, 0);
    }

    int size() {
        return slots.size();
    }

    /** Numbers of a slot's input before its parts. */
    int pooled(int slot) {
        return dimensions[slot] - (parts.get(slot) == null ? 0 : parts.get(slot).size());
    }

    boolean hasParts() {
        return parts.stream().anyMatch(part -> part != null);
    }

    /** Numbers of a fused vector, which a later row's context holds. */
    public int fusedWidth() {
        return ContextReader.width(this);
    }

    /** Whether a fusion of this shape writes out its attention. */
    public boolean attends(String fusion) {
        return hasParts() && (fusion.equals("single-stream") || fusion.equals("attention") && slots.size() > 1);
    }

    /** Columns of the attention output: of each slot the whole, then its parts. */
    public int positions() {
        return parts.stream()
                .mapToInt(part -> 1 + (part == null ? 0 : part.count()))
                .sum();
    }
}
