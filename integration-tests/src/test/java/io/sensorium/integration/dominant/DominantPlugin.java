// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration.dominant;

import ai.onnxruntime.OrtException;
import io.sensorium.job.alignment.AlignedWindow;
import io.sensorium.job.moderation.ValueKind;
import io.sensorium.job.operator.BoundOperator;
import io.sensorium.job.operator.FusedWindow;
import io.sensorium.job.operator.HeadBinding;
import io.sensorium.job.operator.HeadSlots;
import io.sensorium.job.operator.Operator;
import io.sensorium.job.operator.OperatorKeys;
import io.sensorium.job.operator.OperatorPlugin;
import io.sensorium.job.operator.OperatorRunner;
import io.sensorium.job.operator.Outcome;
import io.sensorium.operators.fuse.SentimentHead;
import io.sensorium.operators.fuse.SentimentScore;
import io.sensorium.operators.pack.ModelKind;
import io.sensorium.operators.pack.PackedModel;
import io.sensorium.pipeline.ConfigNode;
import io.sensorium.pipeline.OperatorTopic;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.Schema;

/** {@code type: dominant}: the modality without which a window's sentiment would change most. */
public final class DominantPlugin implements OperatorPlugin {

    @Override
    public String type() {
        return "dominant";
    }

    @Override
    public Operator read(String key, ConfigNode section, Scope scope) {
        return new Dominant(
                key,
                section.number("scale", 1, 1, 100),
                section.text("model", ""),
                OperatorKeys.optional(section),
                OperatorTopic.of(type(), key, section));
    }

    /** @param scale that the contribution is multiplied by */
    private record Dominant(String key, int scale, String model, boolean optional, String output) implements Operator {

        @Override
        public Operator withModel(String other) {
            return new Dominant(key, scale, other, optional, output);
        }

        @Override
        public Schema resultSchema() {
            return DominantResult.SCHEMA$;
        }

        @Override
        public ModelKind headKind() {
            return ModelKind.SENTIMENT_HEAD;
        }

        @Override
        public Optional<BoundOperator> bind(PackedModel head, HeadBinding binding) {
            int before = binding.problems().size();
            HeadSlots slots = binding.slots(
                    this,
                    head,
                    new HeadBinding.Rule(Map.of(), binding.modalities(), (slot, names) -> "leave one of them out"));
            return binding.problems().size() > before ? Optional.empty() : Optional.of(new Bound(this, slots));
        }
    }

    private record Bound(Dominant operator, HeadSlots slots) implements BoundOperator {

        @Override
        public Map<String, ValueKind> values() {
            return Map.of("modality", ValueKind.TEXT, "contribution", ValueKind.NUMBER);
        }

        @Override
        public OperatorRunner open(Setup setup) {
            return new Runner(this, setup, new SentimentHead(head(), slots.sourceSlots(), setup.device(), 1));
        }
    }

    private record Runner(Bound bound, BoundOperator.Setup setup, SentimentHead head) implements OperatorRunner {

        @Override
        public List<FusedWindow> fuse(List<AlignedWindow> windows, List<float[]> pasts) throws OrtException {
            List<SentimentScore> scores =
                    head.score(HeadSlots.inputs(bound.slots().sourceModalities(), setup.embeddings(), windows, pasts));
            List<FusedWindow> fused = new ArrayList<>();
            for (int i = 0; i < windows.size(); i++) {
                DominantResult result = result(scores.get(i).contributions());
                double contribution = (Double) result.get("contribution");
                fused.add(new FusedWindow(
                        result,
                        windows.get(i).events(),
                        null,
                        () -> new Outcome(contribution, (String) result.get("modality"), Map.of()),
                        () -> Map.of("modality", result.get("modality"), "contribution", contribution)));
            }
            return fused;
        }

        private DominantResult result(double[] contributions) {
            int best = 0;
            for (int source = 1; source < contributions.length; source++) {
                // Absent modalities contribute NaN.
                if (Double.isNaN(contributions[best])
                        || Math.abs(contributions[source]) > Math.abs(contributions[best])) {
                    best = source;
                }
            }
            DominantResult result = new DominantResult();
            result.put(
                    "modality",
                    setup.modalities().get(bound.slots().sources().get(best).modality()));
            result.put("contribution", bound.operator().scale() * contributions[best]);
            return result;
        }

        @Override
        public void close() {
            head.close();
        }
    }
}
