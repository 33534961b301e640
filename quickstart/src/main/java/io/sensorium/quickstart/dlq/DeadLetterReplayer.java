// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.dlq;

import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.explain.TopicRecords;
import io.sensorium.job.records.DeadLetters;
import io.sensorium.quickstart.dlq.DeadLetterReader.Found;
import io.sensorium.topics.TopicCreation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Sends dead letters' records to the topics that they came from. With each goes, in the same transaction, a note of its
 * place to a topic of its own, {@code <dead letters>.replayed}: so a record is sent at most once, even with several
 * users, after failures, and with several dead letters. Two replays of one pipeline at a time fence each other. For one
 * thread.
 */
final class DeadLetterReplayer implements AutoCloseable {

    /** What became of a letter. */
    enum Outcome {
        SENT,
        SENT_BEFORE,
        TOO_MANY_TRIES,
        GONE,
        NO_INPUT
    }

    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final int MAX_IN_TRANSACTION = 200;

    private final TopicRecords records;
    private final String notes;
    private final List<String> inputs;
    private final int maxTries;
    private final KafkaProducer<byte[], byte[]> producer;
    private final Set<String> done = new HashSet<>();
    private int inTransaction;

    /**
     * @param maxTries how often a record may have failed before it stays where it is
     * @throws IOException when Kafka does not do its part
     */
    DeadLetterReplayer(PipelineConfig config, TopicRecords records, int maxTries) throws IOException {
        this.records = records;
        this.maxTries = maxTries;
        notes = config.sideTopics().replayNotes();
        inputs =
                config.modalities().stream().map(PipelineConfig.Modality::topic).toList();
        createNotes(config);
        Properties properties = config.kafka().clientProperties();
        properties.put("transactional.id", "sensorium-" + config.pipeline() + "-dlq");
        properties.put("max.request.size", Integer.toString(17 << 20));
        producer = new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
        producer.initTransactions();
        // Only after an earlier replay has been fenced is the list of its sends complete.
        done.addAll(origins(config, records));
    }

    /**
     * The records that were sent again so far, as {@link Found#origin()}; committed ones. None where the topic of the
     * notes does not exist yet.
     */
    static Set<String> origins(PipelineConfig config, TopicRecords records) {
        Set<String> origins = new HashSet<>();
        records.read(
                List.of(config.sideTopics().replayNotes()),
                record -> origins.add(new String(record.key(), StandardCharsets.UTF_8)));
        return origins;
    }

    private void createNotes(PipelineConfig config) throws IOException {
        try (Admin admin = Admin.create(config.kafka().clientProperties())) {
            TopicCreation.createMissing(
                    admin,
                    List.of(new NewTopic(notes, Optional.of(1), Optional.empty())
                            .configs(Map.of("cleanup.policy", "compact"))),
                    TIMEOUT);
        } catch (ExecutionException e) {
            throw new IOException(
                    "topic " + notes + ", which records what was replayed, could neither be found nor created: "
                            + e.getCause().getMessage() + "; create it, compacted, or grant the user the right to",
                    e);
        } catch (TimeoutException e) {
            throw new IOException(
                    "the broker did not create topic " + notes + ", which records what was replayed, within "
                            + TIMEOUT.toSeconds() + " s",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /**
     * Sends one letter's record again, if it is allowed; it is not visible before {@link #commit()}, or the transaction
     * is full.
     *
     * @throws IOException when Kafka rejects the request
     */
    Outcome send(Found found) throws IOException {
        if (done.contains(found.origin())) {
            return Outcome.SENT_BEFORE;
        }
        // Write access to the dead letters must not become write access to every topic.
        if (!inputs.contains(found.letter().getTopic())) {
            return Outcome.NO_INPUT;
        }
        if (found.letter().getAttempts() >= maxTries) {
            return Outcome.TOO_MANY_TRIES;
        }
        Optional<ProducerRecord<byte[], byte[]>> record = record(found);
        if (record.isEmpty()) {
            return Outcome.GONE;
        }
        try {
            if (inTransaction == 0) {
                producer.beginTransaction();
            }
            producer.send(record.get());
            producer.send(new ProducerRecord<>(
                    notes,
                    found.origin().getBytes(StandardCharsets.UTF_8),
                    Long.toString(System.currentTimeMillis()).getBytes(StandardCharsets.US_ASCII)));
        } catch (KafkaException e) {
            throw failed(e);
        }
        done.add(found.origin());
        inTransaction++;
        if (inTransaction == MAX_IN_TRANSACTION) {
            commit();
        }
        return Outcome.SENT;
    }

    /**
     * Commits what was sent since the last time.
     *
     * @throws IOException when it could not be
     */
    void commit() throws IOException {
        if (inTransaction > 0) {
            try {
                producer.commitTransaction();
            } catch (KafkaException e) {
                throw failed(e);
            }
            inTransaction = 0;
        }
    }

    private static IOException failed(KafkaException e) {
        return new IOException(
                "the last records could not be sent again: " + e.getMessage()
                        + "; run it again: records that were sent are not sent twice",
                e);
    }

    /**
     * As it was and to the same partition, but for the header that counts; from the letter, or, where that lacks bytes,
     * from the topic.
     */
    private Optional<ProducerRecord<byte[], byte[]>> record(Found found) {
        var letter = found.letter();
        ProducerRecord<byte[], byte[]> record;
        int replays = 0;
        if (letter.getValue() != null && letter.getValue().remaining() == letter.getValueSize()) {
            record = new ProducerRecord<>(
                    letter.getTopic(), letter.getPartition(), bytes(letter.getKey()), bytes(letter.getValue()));
            for (Map.Entry<String, ByteBuffer> header : letter.getHeaders().entrySet()) {
                record.headers().add(header.getKey(), bytes(header.getValue()));
            }
        } else {
            Optional<ConsumerRecord<byte[], byte[]>> original =
                    records.at(letter.getTopic(), letter.getPartition(), letter.getOffset());
            if (original.isEmpty() || original.get().value() == null) {
                return Optional.empty();
            }
            record = new ProducerRecord<>(
                    letter.getTopic(),
                    letter.getPartition(),
                    original.get().key(),
                    original.get().value());
            original.get().headers().forEach(record.headers()::add);
        }
        if (record.headers().lastHeader(DeadLetters.REPLAYS_HEADER) != null) {
            replays = DeadLetters.replays(
                    record.headers().lastHeader(DeadLetters.REPLAYS_HEADER).value());
        }
        record.headers().remove(DeadLetters.REPLAYS_HEADER);
        record.headers()
                .add(DeadLetters.REPLAYS_HEADER, Integer.toString(replays + 1).getBytes(StandardCharsets.US_ASCII));
        return Optional.of(record);
    }

    private static byte[] bytes(ByteBuffer buffer) {
        if (buffer == null) {
            return null;
        }
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    @Override
    public void close() {
        producer.close();
    }
}
