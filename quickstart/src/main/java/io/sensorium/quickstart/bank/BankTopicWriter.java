// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.bank;

import io.sensorium.bank.BankEntry;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.run.BankTopic;
import io.sensorium.pipeline.OutputFormat;
import io.sensorium.schemas.JsonRecordEncoder;
import io.sensorium.schemas.JsonSchemas;
import io.sensorium.schemas.RecordEncoder;
import io.sensorium.schemas.SchemaRegistry;
import io.sensorium.schemas.WireFormatEncoder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Writes the records of a bank's topic, which it creates where there is none. For one thread. */
final class BankTopicWriter implements AutoCloseable {

    /** As the topic takes them; a text of the most characters has up to 3 MiB. */
    private static final int MAX_REQUEST_BYTES = 17 << 20;

    private final String topic;
    private final RecordEncoder<BankEntry> encoder;
    private final KafkaProducer<byte[], byte[]> producer;
    private final AtomicReference<Exception> failure = new AtomicReference<>();

    /** @throws IOException when the topic cannot be created, or the registry refuses or fails */
    BankTopicWriter(PipelineConfig config, SchemaRegistry registry) throws IOException {
        topic = config.bank().topic();
        BankTopic.create(config);
        encoder = encoder(config.bank().format(), registry);
        Properties properties = config.kafka().clientProperties();
        properties.putIfAbsent("linger.ms", "20");
        properties.put("max.request.size", Integer.toString(MAX_REQUEST_BYTES));
        properties.remove("transactional.id");
        producer = new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private RecordEncoder<BankEntry> encoder(OutputFormat format, SchemaRegistry registry) throws IOException {
        String subject = topic + "-value";
        return switch (format) {
            case AVRO ->
                new WireFormatEncoder<>(
                        BankEntry.getClassSchema(),
                        registry.register(subject, BankEntry.getClassSchema().toString()),
                        registry.idBytes());
            case JSON -> JsonRecordEncoder.plain(BankEntry.getClassSchema());
            case JSON_SCHEMA ->
                JsonRecordEncoder.wireFormat(
                        BankEntry.getClassSchema(),
                        registry.registerJson(
                                subject,
                                JsonSchemas.of(BankEntry.getClassSchema()).toString()),
                        registry.idBytes());
        };
    }

    /**
     * Sends an entry.
     *
     * @param entry null to remove the one of the id
     * @throws IOException when an earlier send failed
     */
    void send(String id, BankEntry entry) throws IOException {
        byte[] value = entry == null ? null : encoder.encode(entry);
        producer.send(
                new ProducerRecord<>(topic, id.getBytes(StandardCharsets.UTF_8), value), (metadata, exception) -> {
                    if (exception != null) {
                        failure.compareAndSet(null, exception);
                    }
                });
        check();
    }

    private void check() throws IOException {
        if (failure.get() != null) {
            throw new IOException(
                    "writing to topic " + topic + " failed: " + failure.get().getMessage(), failure.get());
        }
    }

    /**
     * Waits until all is acknowledged.
     *
     * @throws IOException when a send failed
     */
    void flush() throws IOException {
        producer.flush();
        check();
    }

    @Override
    public void close() {
        producer.close();
    }
}
