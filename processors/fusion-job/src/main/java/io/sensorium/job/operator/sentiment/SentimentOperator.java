// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.operator.sentiment;

import io.sensorium.job.operator.BoundOperator;
import io.sensorium.job.operator.Context;
import io.sensorium.job.operator.HeadBinding;
import io.sensorium.job.operator.HeadSlots;
import io.sensorium.job.operator.Operator;
import io.sensorium.job.operator.OperatorKeys;
import io.sensorium.operators.pack.ModelKind;
import io.sensorium.operators.pack.ModelManifest;
import io.sensorium.operators.pack.PackedModel;
import io.sensorium.results.SentimentResult;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.Schema;

/**
 * Sentiment of a window.
 *
 * @param fusion the fusion by its name in the contract
 * @param model a head by name, or empty for the one of that fusion
 * @param explain whether results carry the head's attention
 * @param context the earlier windows that the head reads; null for none
 * @param inputs modalities by slot of the head; empty to feed each slot by the modality whose encoder it takes
 */
public record SentimentOperator(
        String key,
        String fusion,
        String model,
        boolean explain,
        Context context,
        Map<String, List<String>> inputs,
        boolean optional,
        String output)
        implements Operator {

    /** A map that Flink can send with the job, in the file's order. */
    public SentimentOperator {
        inputs = OperatorKeys.serializable(inputs);
    }

    @Override
    public Operator withModel(String other) {
        return new SentimentOperator(key, fusion, other, explain, context, inputs, optional, output);
    }

    @Override
    public Schema resultSchema() {
        return SentimentResult.getClassSchema();
    }

    @Override
    public ModelKind headKind() {
        return ModelKind.SENTIMENT_HEAD;
    }

    @Override
    public boolean suits(ModelManifest head) {
        return fusion.equals(head.fusion());
    }

    @Override
    public String requirement() {
        return "fusion " + fusion;
    }

    @Override
    public Optional<BoundOperator> bind(PackedModel head, HeadBinding binding) {
        int before = binding.problems().size();
        HeadSlots slots = binding.slots(
                this,
                head,
                new HeadBinding.Rule(
                        inputs,
                        binding.modalities(),
                        (slot, names) -> "add inputs: {" + slot + ": " + names.get(0)
                                + "} to read one of them, or inputs: {" + slot + ": " + names
                                + "} to average their embeddings"));
        if (binding.problems().size() == before) {
            binding.requireSource(this, slots);
        }
        return binding.problems().size() > before
                ? Optional.empty()
                : Optional.of(new BoundSentiment(this, slots, binding.modalities()));
    }
}
