// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.emit;

import io.opentelemetry.api.trace.Span;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineConfig.Guarantee;
import io.sensorium.job.config.PipelineConfig.Provisional;
import io.sensorium.job.records.OutputRecord;
import io.sensorium.job.records.OutputSchemas;
import io.sensorium.job.records.Stage;
import io.sensorium.job.trace.StageTracer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import org.apache.flink.api.common.serialization.SerializationSchema;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;

/** The one sink of a pipeline: all its topics share a transaction, so a checkpoint's records appear together. */
public final class ResultSink {

    /** Wall-clock ms, as text, at which a result's last input was read. */
    public static final String READ_AT_HEADER = "sensorium-read-at";

    /** The producers' property of the same name. */
    public static final String TRANSACTION_TIMEOUT = "transaction.timeout.ms";

    /** Within the broker's default maximum of 15 minutes. */
    private static final Duration DEFAULT_TRANSACTION_TIMEOUT = Duration.ofMinutes(10);

    /** Nobody resumes a bounded run that was killed, so its open transaction holds readers up until this has passed. */
    private static final Duration BOUNDED_TRANSACTION_TIMEOUT = Duration.ofSeconds(60);

    private ResultSink() {}

    /**
     * The sink of a pipeline.
     *
     * @param bounded whether the run ends with its input, and nobody resumes it
     * @param ended Flink's ids of this pipeline's jobs that are known not to run any more
     */
    public static Sink<OutputRecord> of(PipelineConfig config, boolean bounded, Set<String> ended) {
        String transactionalIdPrefix = transactionalIdPrefix(config, bounded);
        Properties properties = new Properties();
        properties.put("max.request.size", Integer.toString(OutputSchemas.MAX_RECORD_BYTES));
        // Batches form while requests are under way; Kafka's default would hold each record back for 5 ms.
        properties.put(ProducerConfig.LINGER_MS_CONFIG, "0");
        properties.putAll(config.kafka().clientProperties());
        properties.put(
                TRANSACTION_TIMEOUT,
                Long.toString(transactionTimeout(config, bounded).toMillis()));
        boolean exactlyOnce = config.runtime().guarantee() == Guarantee.EXACTLY_ONCE;
        return new GuardedSink(
                sink(
                        config,
                        properties,
                        exactlyOnce ? DeliveryGuarantee.EXACTLY_ONCE : DeliveryGuarantee.AT_LEAST_ONCE,
                        transactionalIdPrefix),
                exactlyOnce && config.emit().provisional() == Provisional.IMMEDIATE
                        ? sink(
                                config,
                                withoutMetrics(properties),
                                DeliveryGuarantee.AT_LEAST_ONCE,
                                transactionalIdPrefix)
                        : null,
                config.kafka().clientProperties(),
                new GuardedSink.Copies(
                        RunningCopies.group(transactionalIdPrefix),
                        config.modalities().get(0).topic(),
                        new HashSet<>(ended)));
    }

    private static KafkaSink<OutputRecord> sink(
            PipelineConfig config, Properties properties, DeliveryGuarantee guarantee, String transactionalIdPrefix) {
        return KafkaSink.<OutputRecord>builder()
                .setBootstrapServers(config.kafka().bootstrapServers())
                .setKafkaProducerConfig(properties)
                .setDeliveryGuarantee(guarantee)
                .setTransactionalIdPrefix(transactionalIdPrefix)
                .setRecordSerializer(new Serializer(config.runtime().tracing()))
                .build();
    }

    /** The metrics of a second producer in the same operator would have the names of the first one's. */
    private static Properties withoutMetrics(Properties properties) {
        Properties without = new Properties();
        without.putAll(properties);
        without.put("register.producer.metrics", "false");
        return without;
    }

    /**
     * Of a pipeline's transactional ids; bounded runs have their own. A starting sink aborts what it finds open under
     * its prefix.
     */
    public static String transactionalIdPrefix(PipelineConfig config, boolean bounded) {
        return "sensorium-" + config.pipeline() + (bounded ? "-bounded" : "");
    }

    /**
     * After how long the broker aborts a transaction that nobody ends: the pipeline's {@code kafka.properties}, 10
     * minutes by default. A bounded run's is a minute, or three checkpoint intervals where that is longer, and never
     * more than the pipeline's.
     */
    public static Duration transactionTimeout(PipelineConfig config, boolean bounded) {
        String set = config.kafka().properties().get(TRANSACTION_TIMEOUT);
        Duration live = set == null ? DEFAULT_TRANSACTION_TIMEOUT : Duration.ofMillis(Long.parseLong(set));
        Duration intervals = config.runtime().checkpointInterval().multipliedBy(3);
        Duration alone = intervals.compareTo(BOUNDED_TRANSACTION_TIMEOUT) > 0 ? intervals : BOUNDED_TRANSACTION_TIMEOUT;
        return bounded && alone.compareTo(live) < 0 ? alone : live;
    }

    private static final class Serializer implements KafkaRecordSerializationSchema<OutputRecord> {
        private static final long serialVersionUID = 1L;

        private final boolean tracing;
        private transient StageTracer tracer;

        Serializer(boolean tracing) {
            this.tracing = tracing;
        }

        @Override
        public void open(SerializationSchema.InitializationContext context, KafkaSinkContext sink) {
            tracer = StageTracer.of(tracing);
        }

        @Override
        public ProducerRecord<byte[], byte[]> serialize(OutputRecord record, KafkaSinkContext context, Long timestamp) {
            ProducerRecord<byte[], byte[]> produced =
                    new ProducerRecord<>(record.topic(), record.key(), record.value());
            if (record.readAt() > 0) {
                produced.headers()
                        .add(READ_AT_HEADER, Long.toString(record.readAt()).getBytes(StandardCharsets.US_ASCII));
            }
            record.headers()
                    .forEach((name, value) -> produced.headers().add(name, value.getBytes(StandardCharsets.UTF_8)));
            if (!record.trace().isEmpty()) {
                Span span = tracer.start(Stage.EMIT, List.of(record.trace()), Instant.now())
                        .setAttribute("messaging.destination.name", record.topic());
                produced.headers()
                        .add(StageTracer.HEADER, StageTracer.header(span).getBytes(StandardCharsets.US_ASCII));
                StageTracer.end(span);
            }
            return produced;
        }
    }
}
