// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks.inference;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import io.sensorium.benchmarks.load.Workload;
import java.io.Serializable;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;

/** What a user would write: a Flink job whose map runs a session of its own, with nested arrays, once a record. */
final class PerRecordFlinkMap implements Workload {

    /** A record's inputs by name, as the nested arrays that {@code OnnxTensor.createTensor} takes. */
    interface Inputs extends Serializable {
        void open() throws Exception;

        Map<String, Object> of(long record);
    }

    private static final AtomicLong FIRST = new AtomicLong();
    private static final AtomicLong LAST = new AtomicLong();

    private final byte[] model;
    private final Inputs inputs;
    private final int parallelism;
    private double expected;

    /** @param expected records a second, about; corrected with every run */
    PerRecordFlinkMap(byte[] model, Inputs inputs, int parallelism, double expected) {
        this.model = model;
        this.inputs = inputs;
        this.parallelism = parallelism;
        this.expected = expected;
    }

    @Override
    public double run(double seconds) throws Exception {
        long records = Math.max(50, (long) (expected * seconds));
        FIRST.set(Long.MAX_VALUE);
        LAST.set(0);
        StreamExecutionEnvironment environment =
                StreamExecutionEnvironment.createLocalEnvironment(parallelism, new Configuration());
        environment.fromSequence(1, records).map(new RunOnce(model, inputs)).sinkTo(new DiscardingSink<>());
        environment.execute("a run a record");
        // From the first record's start, so that neither the job's start nor the sessions' counts.
        double rate = records * 1e9 / (LAST.get() - FIRST.get());
        expected = rate;
        return rate;
    }

    private static final class RunOnce extends RichMapFunction<Long, Float> {
        private static final long serialVersionUID = 1L;

        private final byte[] model;
        private final Inputs inputs;
        private transient OrtSession session;

        RunOnce(byte[] model, Inputs inputs) {
            this.model = model;
            this.inputs = inputs;
        }

        @Override
        public void open(OpenContext context) throws Exception {
            session = OrtEnvironment.getEnvironment().createSession(model);
            inputs.open();
        }

        @Override
        public Float map(Long record) throws Exception {
            FIRST.accumulateAndGet(System.nanoTime(), Math::min);
            Map<String, OnnxTensor> tensors = new HashMap<>();
            for (Map.Entry<String, Object> input : inputs.of(record).entrySet()) {
                tensors.put(input.getKey(), OnnxTensor.createTensor(OrtEnvironment.getEnvironment(), input.getValue()));
            }
            try (OrtSession.Result result = session.run(tensors)) {
                Object value = result.get(0).getValue();
                LAST.accumulateAndGet(System.nanoTime(), Math::max);
                return value instanceof float[][] rows ? rows[0][0] : ((float[][][]) value)[0][0][0];
            } finally {
                tensors.values().forEach(OnnxTensor::close);
            }
        }

        @Override
        public void close() throws Exception {
            if (session != null) {
                session.close();
            }
        }
    }
}
