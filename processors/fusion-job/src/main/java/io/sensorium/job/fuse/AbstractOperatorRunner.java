// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.fuse;

import io.sensorium.job.alignment.AlignSettings.OperatorNeed;
import io.sensorium.job.alignment.AlignedWindow;
import io.sensorium.job.models.PipelineModels.BoundHead;
import io.sensorium.job.models.PipelineModels.Source;
import io.sensorium.operators.pack.PackedModel;
import io.sensorium.results.ModelIdentity;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** What every stage knows of its head and its place in the pipeline. */
abstract class AbstractOperatorRunner implements OperatorRunner {

    final int index;
    final BoundHead bound;
    final ResultFields shared;
    final ModelIdentity model;
    private final OperatorNeed need;

    /** What feeds the head, slot by slot. */
    final List<Source> sources;

    AbstractOperatorRunner(int index, BoundHead bound, ResultFields shared) {
        this.index = index;
        this.bound = bound;
        this.shared = shared;
        this.need = bound.need();
        this.sources = bound.sources();
        this.model = ResultFields.identity(bound.head());
    }

    /** The slot of each source. */
    final int[] slots() {
        return sources.stream().mapToInt(Source::slot).toArray();
    }

    /** The modality of each source, as bits. */
    final int[] modalities() {
        return sources.stream().mapToInt(source -> 1 << source.modality()).toArray();
    }

    /**
     * The head's attention by modality present, where the operator is to explain itself.
     *
     * @param positions of each slot the whole, then its parts
     */
    final Map<String, List<Double>> attention(AlignedWindow window, float[] positions) {
        Map<String, List<Double>> attention = new LinkedHashMap<>();
        int from = 0;
        for (int slot = 0; bound.operator().explain() && slot < bound.modalities().length; slot++) {
            int to = from + bound.inputs().get(slot).positions();
            int modality = Integer.numberOfTrailingZeros(bound.modalities()[slot]);
            if (bound.modalities()[slot] != 0 && OperatorRunner.has(window, modality)) {
                attention.put(
                        shared.name(modality),
                        IntStream.range(from, to)
                                .mapToObj(i -> (double) positions[i])
                                .toList());
            }
            from = to;
        }
        return attention;
    }

    @Override
    public final String key() {
        return bound.operator().key();
    }

    @Override
    public final PackedModel head() {
        return bound.head();
    }

    @Override
    public final int index() {
        return index;
    }

    @Override
    public final boolean optional() {
        return need.optional();
    }

    @Override
    public final boolean accepts(AlignedWindow window) {
        return need.accepts(OperatorRunner.present(window));
    }
}
