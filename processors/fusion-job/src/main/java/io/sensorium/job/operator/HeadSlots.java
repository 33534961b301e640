// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.operator;

import io.sensorium.job.alignment.AlignedWindow;
import io.sensorium.job.alignment.EncodedEvent;
import io.sensorium.operators.fuse.FusionInput;
import io.sensorium.operators.pack.ModelManifest.Slot;
import io.sensorium.operators.pack.PackedModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The embedding inputs of a head and the modalities that feed them.
 *
 * @param inputs the head's embedding inputs
 * @param modalities for each of them the indices of the modalities that feed it, as bits; 0 where none does
 * @param mask the head's presence input; null where it has none
 */
public record HeadSlots(PackedModel head, List<Slot> inputs, int[] modalities, String mask) {

    /** A modality, by index, that feeds a slot of a head. */
    public record Source(int slot, int modality) {}

    /** The slot of a name, or -1. */
    public int slot(String name) {
        return inputs.stream().map(Slot::name).toList().indexOf(name);
    }

    /** The slot that a modality feeds, or -1. */
    public int slotOf(int modality) {
        for (int slot = 0; slot < modalities.length; slot++) {
            if ((modalities[slot] & 1 << modality) != 0) {
                return slot;
            }
        }
        return -1;
    }

    /** Every modality that feeds a slot, slot by slot. */
    public List<Source> sources() {
        List<Source> sources = new ArrayList<>();
        for (int slot = 0; slot < modalities.length; slot++) {
            for (int modality = 0; modality < Integer.SIZE; modality++) {
                if ((modalities[slot] & 1 << modality) != 0) {
                    sources.add(new Source(slot, modality));
                }
            }
        }
        return sources;
    }

    /** The slot of each source. */
    public int[] sourceSlots() {
        return sources().stream().mapToInt(Source::slot).toArray();
    }

    /** The modality of each source, as bits. */
    public int[] sourceModalities() {
        return sources().stream().mapToInt(source -> 1 << source.modality()).toArray();
    }

    /** The modalities that feed any slot, by index. */
    public List<Integer> fed() {
        return sources().stream().map(Source::modality).distinct().sorted().toList();
    }

    /** What a head can work with: all modalities together where it has no mask, else any of them. As bits. */
    public List<Integer> sufficient() {
        return mask == null
                ? List.of(Arrays.stream(modalities).reduce(0, (all, one) -> all | one))
                : sources().stream().map(source -> 1 << source.modality()).toList();
    }

    /**
     * Windows as a head takes them.
     *
     * @param fed the modalities of each list of embeddings, as bits
     * @param pasts for each window the earlier ones' vectors; null where the operator has no context
     */
    public static List<FusionInput> inputs(
            int[] fed, Embeddings embeddings, List<AlignedWindow> windows, List<float[]> pasts) {
        List<FusionInput> inputs = new ArrayList<>(windows.size());
        for (int i = 0; i < windows.size(); i++) {
            inputs.add(new FusionInput(vectors(fed, embeddings, windows.get(i)), pasts.get(i)));
        }
        return inputs;
    }

    /**
     * A window's embeddings in lists by modality.
     *
     * @param fed the modalities of each list, as bits
     */
    public static List<List<float[]>> vectors(int[] fed, Embeddings embeddings, AlignedWindow window) {
        List<List<float[]>> vectors = new ArrayList<>(fed.length);
        for (int modalities : fed) {
            List<float[]> slot = new ArrayList<>(1);
            for (EncodedEvent event : window.events()) {
                if ((modalities & 1 << event.modality()) != 0) {
                    slot.add(embeddings.vector(event));
                }
            }
            vectors.add(slot);
        }
        return vectors;
    }

    /**
     * The head's attention by modality present.
     *
     * @param names of the modalities
     * @param positions of each slot the whole, then its parts
     */
    public Map<String, List<Double>> attention(List<String> names, AlignedWindow window, float[] positions) {
        Map<String, List<Double>> attention = new LinkedHashMap<>();
        int from = 0;
        for (int slot = 0; slot < modalities.length; slot++) {
            int to = from + inputs.get(slot).positions();
            int modality = Integer.numberOfTrailingZeros(modalities[slot]);
            if (modalities[slot] != 0 && window.has(modality)) {
                attention.put(
                        names.get(modality),
                        IntStream.range(from, to)
                                .mapToObj(i -> (double) positions[i])
                                .toList());
            }
            from = to;
        }
        return attention;
    }
}
