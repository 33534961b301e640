// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.dlq;

import io.sensorium.job.config.Modality;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.explain.TopicRecords;
import io.sensorium.job.records.DeadLetters;
import io.sensorium.quickstart.dlq.DeadLetterReader.Found;
import io.sensorium.results.DeadLetter;
import io.sensorium.topics.TopicCreation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Sends dead letters' records to the topics that they came from. With each goes, in the same transaction, a note of it
 * to a topic of its own, {@code <dead letters>.replayed}: so a record is sent at most once, even with several users,
 * after failures, and with several dead letters. Two replays of one pipeline at a time fence each other. For one
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

    /**
     * What was done with a letter.
     *
     * @param reason why it is {@link Outcome#GONE}; empty of others
     */
    record Result(Outcome outcome, String reason) {

        private static Result of(Outcome outcome) {
            return new Result(outcome, "");
        }

        private static Result gone(String reason) {
            return new Result(Outcome.GONE, reason);
        }
    }

    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final int MAX_IN_TRANSACTION = 200;

    private final TopicRecords records;
    private final String notesTopic;
    private final List<String> inputs;
    private final InputTopics topics;
    private final int maxTries;
    private final KafkaProducer<byte[], byte[]> producer;
    private final ReplayNotes notes;
    private int inTransaction;

    /**
     * @param maxTries how often a record may have failed before it stays where it is
     * @throws IOException when Kafka does not do its part
     */
    DeadLetterReplayer(PipelineConfig config, TopicRecords records, int maxTries) throws IOException {
        this.records = records;
        this.maxTries = maxTries;
        notesTopic = config.sideTopics().replayNotes();
        inputs = config.modalities().stream().map(Modality::topic).toList();
        createNotes(config);
        topics = InputTopics.read(config);
        Properties properties = config.kafka().clientProperties();
        properties.put("transactional.id", "sensorium-" + config.pipeline() + "-dlq");
        properties.put("max.request.size", Integer.toString(17 << 20));
        producer = new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
        producer.initTransactions();
        // Only after an earlier replay has been fenced is the list of its sends complete.
        notes = ReplayNotes.read(config, records);
    }

    private void createNotes(PipelineConfig config) throws IOException {
        try (Admin admin = Admin.create(config.kafka().clientProperties())) {
            TopicCreation.createMissing(
                    admin,
                    List.of(new NewTopic(notesTopic, Optional.of(1), Optional.empty())
                            .configs(Map.of("cleanup.policy", "compact"))),
                    TIMEOUT);
        } catch (ExecutionException e) {
            throw new IOException(
                    "topic " + notesTopic + ", which records what was replayed, could neither be found nor created: "
                            + e.getCause().getMessage() + "; create it, compacted, or grant the user the right to",
                    e);
        } catch (TimeoutException e) {
            throw new IOException(
                    "the broker did not create topic " + notesTopic + ", which records what was replayed, within "
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
    Result send(Found found) throws IOException {
        DeadLetter letter = found.letter();
        Optional<Uuid> topicId = topics.id(letter);
        if (notes.name(found, topicId)) {
            return Result.of(Outcome.SENT_BEFORE);
        }
        // Write access to the dead letters must not become write access to every topic.
        if (!inputs.contains(letter.getTopic())) {
            return Result.of(Outcome.NO_INPUT);
        }
        if (letter.getAttempts() >= maxTries) {
            return Result.of(Outcome.TOO_MANY_TRIES);
        }
        if (!topics.hasPartitionOf(letter)) {
            return Result.gone("its partition no longer exists");
        }
        ProducerRecord<byte[], byte[]> record;
        long timestamp;
        if (letter.getValue() != null && letter.getValue().remaining() == letter.getValueSize()) {
            record = fromLetter(letter);
            timestamp = letter.getTimestamp().toEpochMilli();
        } else {
            Optional<ConsumerRecord<byte[], byte[]>> original =
                    records.at(letter.getTopic(), letter.getPartition(), letter.getOffset());
            if (original.isEmpty() || original.get().value() == null) {
                return Result.gone("neither the letter nor the topic has its bytes");
            }
            Optional<String> mismatch = found.mismatch(original.get());
            if (mismatch.isPresent()) {
                return Result.gone("the topic has been recreated: " + mismatch.get());
            }
            record = copy(original.get());
            timestamp = original.get().timestamp();
        }
        countReplay(record);
        String note = ReplayNotes.key(found, topicId.orElseThrow(), timestamp);
        String now = Long.toString(System.currentTimeMillis());
        try {
            if (inTransaction == 0) {
                producer.beginTransaction();
            }
            producer.send(record);
            producer.send(new ProducerRecord<>(
                    notesTopic, note.getBytes(StandardCharsets.UTF_8), now.getBytes(StandardCharsets.US_ASCII)));
        } catch (KafkaException e) {
            throw failed(e);
        }
        notes.add(note, now);
        inTransaction++;
        if (inTransaction == MAX_IN_TRANSACTION) {
            commit();
        }
        return Result.of(Outcome.SENT);
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

    /** As it was and to the same partition. */
    private static ProducerRecord<byte[], byte[]> fromLetter(DeadLetter letter) {
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(
                letter.getTopic(), letter.getPartition(), bytes(letter.getKey()), bytes(letter.getValue()));
        letter.getHeaders().forEach((name, value) -> record.headers().add(name, bytes(value)));
        return record;
    }

    private static ProducerRecord<byte[], byte[]> copy(ConsumerRecord<byte[], byte[]> original) {
        ProducerRecord<byte[], byte[]> record =
                new ProducerRecord<>(original.topic(), original.partition(), original.key(), original.value());
        original.headers().forEach(record.headers()::add);
        return record;
    }

    private static void countReplay(ProducerRecord<byte[], byte[]> record) {
        Header before = record.headers().lastHeader(DeadLetters.REPLAYS_HEADER);
        int replays = before == null ? 0 : DeadLetters.replays(before.value());
        record.headers().remove(DeadLetters.REPLAYS_HEADER);
        record.headers()
                .add(DeadLetters.REPLAYS_HEADER, Integer.toString(replays + 1).getBytes(StandardCharsets.US_ASCII));
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
