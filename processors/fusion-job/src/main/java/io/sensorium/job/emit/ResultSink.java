package io.sensorium.job.emit;

import io.opentelemetry.api.trace.Span;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineConfig.Guarantee;
import io.sensorium.job.trace.StageTracer;
import io.sensorium.job.wire.OutputRecord;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Properties;
import org.apache.flink.api.common.serialization.SerializationSchema;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.kafka.clients.producer.ProducerRecord;

/** The one sink of a pipeline: all its topics share a transaction, so a checkpoint's records appear together. */
public final class ResultSink {

    /** Wall-clock ms, as text, at which a result's last input was read. */
    public static final String READ_AT_HEADER = "sensorium-read-at";

    /** Largest record that is produced, in bytes. */
    public static final int MAX_RECORD_BYTES = 16 << 20;

    /** Within the broker's default maximum of 15 minutes. */
    private static final int TRANSACTION_TIMEOUT_MS = 600_000;

    private ResultSink() {}

    /**
     * The sink of a pipeline.
     *
     * @param transactionalIdPrefix its own for every run that may go on beside another: a starting sink aborts what it finds
     *     open under its prefix
     */
    public static KafkaSink<OutputRecord> of(PipelineConfig config, String transactionalIdPrefix) {
        Properties properties = new Properties();
        properties.put("transaction.timeout.ms", Integer.toString(TRANSACTION_TIMEOUT_MS));
        properties.put("max.request.size", Integer.toString(MAX_RECORD_BYTES));
        properties.putAll(config.kafka().clientProperties());
        return KafkaSink.<OutputRecord>builder()
                .setBootstrapServers(config.kafka().bootstrapServers())
                .setKafkaProducerConfig(properties)
                .setDeliveryGuarantee(config.runtime().guarantee() == Guarantee.EXACTLY_ONCE ? DeliveryGuarantee.EXACTLY_ONCE : DeliveryGuarantee.AT_LEAST_ONCE)
                .setTransactionalIdPrefix(transactionalIdPrefix)
                .setRecordSerializer(new Serializer(config.runtime().tracing()))
                .build();
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
            ProducerRecord<byte[], byte[]> produced = new ProducerRecord<>(record.topic(), record.key(), record.value());
            if (record.readAt() > 0) {
                produced.headers().add(READ_AT_HEADER, Long.toString(record.readAt()).getBytes(StandardCharsets.US_ASCII));
            }
            if (!record.trace().isEmpty()) {
                Span span = tracer.start("emit", List.of(record.trace()), Instant.now()).setAttribute("messaging.destination.name", record.topic());
                produced.headers().add(StageTracer.HEADER, StageTracer.header(span).getBytes(StandardCharsets.US_ASCII));
                StageTracer.end(span);
            }
            return produced;
        }
    }
}
