// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.fuse;

import ai.onnxruntime.OrtException;
import io.sensorium.job.alignment.AlignedWindow;
import io.sensorium.job.alignment.EncodedEvent;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineConfig.Onnx;
import io.sensorium.job.models.PipelineModels.BoundHead;
import io.sensorium.job.records.OutputRecord;
import io.sensorium.job.records.OutputSchemas;
import io.sensorium.job.records.RecordWriter;
import io.sensorium.operators.fuse.OnnxHead;
import io.sensorium.operators.onnx.Device;
import io.sensorium.results.FusionResult;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Any multi-input model over a window; its outputs as they are. */
final class OnnxRunner extends AbstractOperatorRunner {

    /** Outputs of the project's heads that results carry elsewhere, if at all. */
    private static final List<String> INTERNAL = List.of("attention", "fused");

    private final Map<String, String> outputs;
    private final OnnxHead operator;
    private final RecordWriter<FusionResult> writer;

    OnnxRunner(PipelineConfig config, int index, BoundHead bound, ResultFields shared, OutputSchemas schemas) {
        super(index, bound, shared);
        this.outputs = outputs(bound);
        this.operator = new OnnxHead(
                bound.head(),
                bound.inputs(),
                bound.mask(),
                computed(),
                Device.parse(config.runtime().device()),
                1);
        this.writer = new RecordWriter<>(bound.operator().output(), new FusionResult(), schemas);
    }

    /** Output of the graph by field of the result: what the file says, or all under their own names. */
    static Map<String, String> outputs(BoundHead bound) {
        Map<String, String> outputs = new LinkedHashMap<>(((Onnx) bound.operator()).outputs());
        if (outputs.isEmpty()) {
            bound.head().manifest().graphs().get("model").outputs().keySet().stream()
                    .filter(tensor -> !INTERNAL.contains(tensor)
                            || bound.head().manifest().slots().isEmpty())
                    .sorted()
                    .forEach(tensor -> outputs.put(tensor, tensor));
        }
        return outputs;
    }

    /** The outputs that results carry, and those that the operator reads beside them. */
    private Set<String> computed() {
        Set<String> computed = new HashSet<>(outputs.values());
        if (bound.head().manifest().context() != null) {
            computed.add("fused");
        }
        if (bound.operator().explain()) {
            computed.add("attention");
        }
        return computed;
    }

    @Override
    public List<Integer> wanted(AlignedWindow window) {
        return bound.fed();
    }

    @Override
    public List<Fused> fuse(List<AlignedWindow> windows, List<float[]> pasts) throws OrtException {
        List<Map<String, float[]>> results =
                operator.run(OperatorRunner.inputs(bound.modalities(), shared, windows, pasts));
        List<Fused> records = new ArrayList<>(windows.size());
        for (int i = 0; i < results.size(); i++) {
            Map<String, float[]> result = results.get(i);
            records.add(new Fused(
                    record(windows.get(i), result),
                    bound.head().manifest().context() == null ? null : result.get("fused"),
                    () -> outcome(result),
                    () -> said(result)));
        }
        return records;
    }

    private OutputRecord record(AlignedWindow window, Map<String, float[]> result) {
        List<EncodedEvent> used = OperatorRunner.used(window, modality -> bound.slotOf(modality) >= 0);
        Map<String, List<Double>> values = new LinkedHashMap<>();
        outputs.forEach((field, tensor) -> {
            List<Double> row = new ArrayList<>();
            for (float value : result.get(tensor)) {
                row.add((double) value);
            }
            values.put(field, row);
        });
        return writer.write(
                window.subject(),
                new FusionResult(
                        shared.resultId(key(), window),
                        window.subject(),
                        Instant.ofEpochMilli(window.start()),
                        Instant.ofEpochMilli(window.end()),
                        ResultFields.status(window),
                        window.revision(index),
                        window.forced(),
                        shared.modalities(window),
                        shared.inputs(used),
                        shared.attributes(used),
                        shared.signals(used),
                        key(),
                        model,
                        ResultFields.now(),
                        values,
                        labels(result),
                        attention(window, result.get("attention"))),
                ResultFields.readAt(used));
    }

    private Map<String, Object> said(Map<String, float[]> result) {
        List<String> names = bound.head().manifest().labels();
        Map<String, Object> said = new LinkedHashMap<>();
        outputs.forEach((field, tensor) -> {
            float[] row = result.get(tensor);
            for (int i = 0; i < row.length; i++) {
                said.put(ModerationValues.nameInRow(field, row.length, i, names), (double) row[i]);
            }
        });
        labels(result).forEach((field, label) -> said.put(field + ".label", label));
        return said;
    }

    private Outcome outcome(Map<String, float[]> result) {
        Map<String, Double> values = new LinkedHashMap<>();
        outputs.forEach((field, tensor) -> {
            float[] row = result.get(tensor);
            for (int i = 0; i < row.length; i++) {
                values.put(field + "." + i, (double) row[i]);
            }
        });
        Map<String, String> labels = labels(result);
        return new Outcome(null, labels.isEmpty() ? null : String.join(" ", labels.values()), values);
    }

    /**
     * Of the fields whose rows have a number a label of the model the label of the largest, the first of equal ones.
     */
    private Map<String, String> labels(Map<String, float[]> result) {
        List<String> names = bound.head().manifest().labels();
        Map<String, String> labels = new LinkedHashMap<>();
        outputs.forEach((field, tensor) -> {
            float[] row = result.get(tensor);
            if (!names.isEmpty() && row.length == names.size()) {
                int best = 0;
                for (int i = 1; i < row.length; i++) {
                    best = row[i] > row[best] ? i : best;
                }
                labels.put(field, names.get(best));
            }
        });
        return labels;
    }

    @Override
    public void close() {
        operator.close();
    }
}
