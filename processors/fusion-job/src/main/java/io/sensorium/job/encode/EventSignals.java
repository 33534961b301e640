// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.encode;

import ai.onnxruntime.OrtException;
import io.sensorium.job.models.SignalHead;
import io.sensorium.job.models.SignalHead.Loaded;
import io.sensorium.job.records.IngestRecord;
import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.onnx.EmbeddingBytes;
import io.sensorium.operators.pack.PackException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.metrics.Counter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The heads that rate single events of a modality by their embeddings, before these are rounded for the state. A head
 * that fails on an event takes nothing from it but its own signals, which is counted. For the task's thread.
 */
final class EventSignals implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(EventSignals.class);

    private final List<Loaded> heads = new ArrayList<>();

    /** @throws PackException when one does not load */
    static EventSignals open(List<SignalHead> heads, Device device) {
        EventSignals signals = new EventSignals();
        try {
            heads.forEach(head -> signals.heads.add(head.open(device)));
        } catch (RuntimeException e) {
            signals.close();
            throw e;
        }
        return signals;
    }

    /** Of an event that brought its embedding. */
    Map<String, Double> signals(IngestRecord.Event embedded, Counter failures) {
        return heads.isEmpty() ? Map.of() : signals(EmbeddingBytes.toFloat32(embedded.vector()), Map.of(), failures);
    }

    /** The encoder's signals and the heads'. */
    Map<String, Double> signals(float[] embedding, Map<String, Double> encoder, Counter failures) {
        if (heads.isEmpty()) {
            return encoder;
        }
        Map<String, Double> all = new LinkedHashMap<>(encoder);
        for (Loaded head : heads) {
            try {
                all.putAll(head.signals(embedding));
            } catch (OrtException e) {
                failures.inc();
                LOG.warn("{} failed on an event, which goes on without its signals: {}", head.model(), e.getMessage());
            }
        }
        return all;
    }

    @Override
    public void close() {
        heads.forEach(Loaded::close);
    }
}
