// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.fuse;

import ai.onnxruntime.OrtException;
import io.sensorium.job.alignment.AlignSettings.OperatorNeed;
import io.sensorium.job.alignment.AlignedWindow;
import io.sensorium.job.operator.BoundOperator;
import io.sensorium.job.operator.FusedWindow;
import io.sensorium.job.operator.OperatorRunner;
import io.sensorium.job.operator.Outcome;
import io.sensorium.job.records.OutputRecord;
import io.sensorium.job.records.OutputSchemas;
import io.sensorium.job.records.RecordWriter;
import io.sensorium.operators.pack.PackedModel;
import io.sensorium.results.ModelIdentity;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificRecordBase;

/** One operator of the pipeline over batches of complete windows. For one thread. */
final class LoadedOperator implements AutoCloseable {

    private final int index;
    private final BoundOperator bound;
    private final OperatorNeed need;
    private final ModelIdentity model;
    /** Some thousand windows of ready embeddings. */
    private static final long MAX_PROVISIONAL_BYTES = 16 << 20;

    private final ResultFields shared;
    private final RecordWriter<SpecificRecordBase> writer;
    private final OperatorRunner runner;
    private final ProvisionalResults provisional = new ProvisionalResults(MAX_PROVISIONAL_BYTES);

    /**
     * A window's result, as it is written.
     *
     * @param window as the operator's type computed it
     */
    record Fused(OutputRecord record, FusedWindow window) {

        Outcome outcome() {
            return window.outcome().get();
        }

        /** What conditions of moderation rules can read, by name without the operator's key. */
        Map<String, Object> values() {
            return window.values().get();
        }
    }

    /** @param index its place among the pipeline's operators, by which a window names the operators it concerns */
    LoadedOperator(
            int index, BoundOperator bound, BoundOperator.Setup setup, ResultFields shared, OutputSchemas schemas) {
        this.index = index;
        this.bound = bound;
        this.need = bound.need();
        this.model = ResultFields.identity(bound.head());
        this.shared = shared;
        this.writer = new RecordWriter<>(
                bound.operator().output(), checked(bound.operator().resultSchema()), schemas);
        this.runner = bound.open(setup);
    }

    private static Schema checked(Schema schema) {
        List<String> missing = ResultFields.NAMES.stream()
                .filter(name -> schema.getField(name) == null)
                .toList();
        if (!missing.isEmpty()) {
            throw new IllegalStateException("schema " + schema.getFullName() + " of an operator's results has no "
                    + missing + ", expected the fields that all results share: " + ResultFields.NAMES);
        }
        return schema;
    }

    /** The operator's key in the pipeline file. */
    String key() {
        return bound.operator().key();
    }

    int index() {
        return index;
    }

    /** The head it runs. */
    PackedModel head() {
        return bound.head();
    }

    /** Whether a window has what the operator needs. */
    boolean accepts(AlignedWindow window) {
        return need.accepts(window.present());
    }

    /** Whether a window that lacks what the operator needs leaves no record of it. */
    boolean optional() {
        return need.optional();
    }

    /** The modalities that a window which is not accepted is reported to lack, by index. */
    List<Integer> wanted() {
        return bound.wanted();
    }

    /** Why a window is more than the operator can write in one result; empty where it is not. */
    Optional<String> excess(AlignedWindow window) {
        return runner.excess(window);
    }

    /**
     * One result for each window, in order.
     *
     * @param pasts for each window, where the operator has a context, the fused vectors before it; else null
     * @throws OrtException when the head fails
     */
    List<Fused> fuse(List<AlignedWindow> windows, List<float[]> pasts) throws OrtException {
        List<FusedWindow> results = run(windows, pasts);
        List<Fused> fused = new ArrayList<>(windows.size());
        for (int i = 0; i < results.size(); i++) {
            AlignedWindow window = windows.get(i);
            FusedWindow own = results.get(i);
            shared.fill(own.result(), key(), model, window, window.revision(index), own.inputs());
            fused.add(new Fused(writer.write(window.subject(), own.result(), ResultFields.readAt(own.inputs())), own));
        }
        return fused;
    }

    /** Runs the head on the windows that it has not seen as PROVISIONAL ones with the same events. */
    private List<FusedWindow> run(List<AlignedWindow> windows, List<float[]> pasts) throws OrtException {
        List<FusedWindow> results = new ArrayList<>(windows.size());
        List<AlignedWindow> fresh = new ArrayList<>(windows.size());
        List<float[]> freshPasts = new ArrayList<>(windows.size());
        for (int i = 0; i < windows.size(); i++) {
            // With a past the result depends on more than the window's own events.
            FusedWindow before = pasts.get(i) == null ? provisional.take(windows.get(i)) : null;
            results.add(before);
            if (before == null) {
                fresh.add(windows.get(i));
                freshPasts.add(pasts.get(i));
            }
        }
        if (fresh.isEmpty()) {
            return results;
        }
        Iterator<FusedWindow> computed = runner.fuse(fresh, freshPasts).iterator();
        for (int i = 0; i < results.size(); i++) {
            if (results.get(i) == null) {
                results.set(i, computed.next());
                if (pasts.get(i) == null) {
                    provisional.keep(windows.get(i), results.get(i));
                }
            }
        }
        return results;
    }

    @Override
    public void close() {
        runner.close();
    }
}
