package io.sensorium.job.fuse;

import io.sensorium.job.PipelineModels.BoundHead;
import io.sensorium.job.align.AlignSettings.OperatorNeed;
import io.sensorium.job.align.AlignedWindow;
import io.sensorium.results.ModelIdentity;

/** What every stage knows of its head and its place in the pipeline. */
abstract class BoundStage implements FusionStage {

    final int index;
    final BoundHead bound;
    final SharedFields shared;
    final ModelIdentity model;
    private final OperatorNeed need;

    BoundStage(int index, BoundHead bound, SharedFields shared) {
        this.index = index;
        this.bound = bound;
        this.shared = shared;
        this.need = bound.need();
        this.model = SharedFields.identity(bound.head());
    }

    @Override
    public final String key() {
        return bound.operator().key();
    }

    @Override
    public final int index() {
        return index;
    }

    @Override
    public final boolean accepts(AlignedWindow window) {
        return need.accepts(FusionStage.present(window));
    }
}
