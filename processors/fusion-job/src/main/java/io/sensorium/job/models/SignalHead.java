// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.models;

import ai.onnxruntime.OrtException;
import io.sensorium.operators.fuse.FusionInput;
import io.sensorium.operators.fuse.OnnxHead;
import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.pack.PackException;
import io.sensorium.operators.pack.PackedModel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A head that rates single events by their embedding: the probabilities of its classes are signals of the event.
 * Immutable.
 *
 * @param model with one slot
 * @param columns place in the row of {@link #OUTPUT} by the signal's name
 */
public record SignalHead(PackedModel model, Map<String, Integer> columns) {

    /** The output that is read; calibrated, as the graph gives it. */
    static final String OUTPUT = "probabilities";

    /** The group of signals: the first word of their names. */
    public static final String GROUP = "toxicity";

    /** The head's presence input. */
    static final String MASK = "mask";

    /**
     * Loads the head.
     *
     * @throws PackException when it does not load
     */
    public Loaded open(Device device) {
        boolean masked = model.manifest().graphs().get("model").inputs().containsKey(MASK);
        return new Loaded(
                this, new OnnxHead(model, model.manifest().slots(), masked ? MASK : null, Set.of(OUTPUT), device, 1));
    }

    /** A loaded head. For one thread. */
    public static final class Loaded implements AutoCloseable {
        private final SignalHead head;
        private final OnnxHead runner;

        private Loaded(SignalHead head, OnnxHead runner) {
            this.head = head;
            this.runner = runner;
        }

        /** The head's model. */
        public PackedModel model() {
            return head.model();
        }

        /**
         * The signals of an event, each in [0, 1].
         *
         * @param embedding of the encoder that the head was trained on
         * @throws OrtException when the model fails, or gives a number that is not finite
         */
        public Map<String, Double> signals(float[] embedding) throws OrtException {
            float[] row = runner.run(List.of(new FusionInput(List.of(List.of(embedding)))))
                    .get(0)
                    .get(OUTPUT);
            Map<String, Double> signals = new LinkedHashMap<>();
            head.columns().forEach((name, column) -> signals.put(name, (double) row[column]));
            return signals;
        }

        @Override
        public void close() {
            runner.close();
        }
    }
}
