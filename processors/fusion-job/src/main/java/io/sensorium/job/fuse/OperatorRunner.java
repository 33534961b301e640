// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.fuse;

import ai.onnxruntime.OrtException;
import io.sensorium.job.alignment.AlignedWindow;
import io.sensorium.job.alignment.EncodedEvent;
import io.sensorium.job.records.OutputRecord;
import io.sensorium.operators.fuse.FusionInput;
import io.sensorium.operators.pack.PackedModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** One operator of the pipeline over batches of complete windows. For one thread. */
interface OperatorRunner extends AutoCloseable {

    /** The operator's key in the pipeline file. */
    String key();

    /** Its place among the pipeline's operators, by which a window says what concerns it. */
    int index();

    /** Whether a window has what the operator needs. */
    boolean accepts(AlignedWindow window);

    /** Whether a window that lacks what the operator needs leaves no record of it. */
    boolean optional();

    /** Why a window is more than the operator can write in one result; empty where it is not. */
    default Optional<String> excess(AlignedWindow window) {
        return Optional.empty();
    }

    /** The modalities it would have wanted of a window that it does not accept, by index. */
    List<Integer> wanted(AlignedWindow window);

    /** The head it runs. */
    PackedModel head();

    /**
     * A window's result.
     *
     * @param vector its fused vector, which later windows of the subject read; null where the head has no context
     * @param comparable what it says, worked out when asked for
     * @param said the values that conditions of moderation rules may read, by the names of {@link ModerationValues}
     *     without the operator's key; worked out when asked for
     */
    record Fused(
            OutputRecord record, float[] vector, Supplier<Outcome> comparable, Supplier<Map<String, Object>> said) {

        Outcome outcome() {
            return comparable.get();
        }
    }

    /**
     * One result a window, in order.
     *
     * @param pasts for each window, where the operator has a context, the fused vectors before it; else null
     * @throws OrtException when the head fails
     */
    List<Fused> fuse(List<AlignedWindow> windows, List<float[]> pasts) throws OrtException;

    @Override
    void close();

    /**
     * Windows as the head takes them.
     *
     * @param fed the modalities of each list of embeddings, as bits
     */
    static List<FusionInput> inputs(int[] fed, ResultFields shared, List<AlignedWindow> windows, List<float[]> pasts) {
        return IntStream.range(0, windows.size())
                .mapToObj(i -> input(fed, shared, windows.get(i), pasts.get(i)))
                .toList();
    }

    /**
     * A window's embeddings in lists by modality.
     *
     * @param fed the modalities of each list, as bits
     */
    static FusionInput input(int[] fed, ResultFields shared, AlignedWindow window, float[] past) {
        List<List<float[]>> vectors = new ArrayList<>(fed.length);
        for (int modalities : fed) {
            List<float[]> slot = new ArrayList<>(1);
            for (EncodedEvent event : window.events()) {
                if ((modalities & 1 << event.modality()) != 0) {
                    slot.add(shared.vector(event));
                }
            }
            vectors.add(slot);
        }
        return new FusionInput(vectors, past);
    }

    /** A window's events of the given modalities. */
    static List<EncodedEvent> used(AlignedWindow window, java.util.function.IntPredicate modality) {
        return window.events().stream()
                .filter(event -> modality.test(event.modality()))
                .toList();
    }

    /** The modalities that a window has, as bits. */
    static int present(AlignedWindow window) {
        int present = 0;
        for (EncodedEvent event : window.events()) {
            present |= 1 << event.modality();
        }
        return present;
    }

    static boolean has(AlignedWindow window, int modality) {
        return window.events().stream().anyMatch(event -> event.modality() == modality);
    }
}
