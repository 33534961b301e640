// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.records;

import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineConfig.DeadLetterBytes;
import io.sensorium.pipeline.OutputFormat;
import io.sensorium.results.DeadLetter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** Makes dead letters. For one thread. */
public final class DeadLetters {

    /** Header of a record that was sent again from the dead letters: how often, as text. */
    public static final String REPLAYS_HEADER = "sensorium-replays";

    /** Bytes that a dead letter takes at most that carries coordinates alone. */
    public static final int COORDINATES_BYTES = 4 << 10;

    /** Characters of a message: it may repeat what a producer sent. */
    private static final int MAX_MESSAGE = 4000;

    /** Characters of a message, and bytes of a key, beside coordinates alone. */
    private static final int MAX_SHORT = 500;

    /** The same in JSON, where a character may take six bytes. */
    private static final int MAX_SHORT_IN_JSON = 200;

    /** Headers that every dead letter has, by name, with what they hold. */
    public static final Map<String, String> COORDINATES_HEADERS = DeadLetterHeaders.coordinates();

    /** All headers of dead letters, by name, with what they hold. */
    public static final Map<String, String> HEADERS = DeadLetterHeaders.all();

    /**
     * Who makes dead letters.
     *
     * @param operator whose records fail
     * @param subtask its index
     */
    public record Writer(Class<?> operator, int subtask) {}

    private final String pipeline;
    private final Writer self;
    private final RecordWriter<DeadLetter> writer;
    private final DeadLetterBytes policy;

    /** Whether bytes are written in base64, four for three. */
    private final boolean json;

    public DeadLetters(PipelineConfig config, OutputSchemas schemas, Writer self) {
        this.pipeline = config.pipeline();
        this.self = self;
        writer = new RecordWriter<>(config.sideTopics().deadLetters(), DeadLetter.getClassSchema(), schemas);
        policy = config.deadLetters();
        json = schemas.format() != OutputFormat.AVRO;
    }

    /**
     * A record that failed, with its bytes where they and the rest fit {@code dead_letters.max_bytes}; of more, the
     * first where {@code dead_letters.truncate} is set.
     */
    public OutputRecord of(Coordinates origin, Stage stage, FailureCode code, String message) {
        long budget = json ? policy.maxBytes() / 4 * 3 : policy.maxBytes();
        byte[] key = origin.key() != null && origin.key().length <= budget ? origin.key() : null;
        budget -= key == null ? 0 : key.length;
        byte[] value = origin.value() != null && origin.value().length <= budget
                ? origin.value()
                : origin.value() != null && policy.truncate() && budget > 0
                        ? Arrays.copyOf(origin.value(), (int) budget)
                        : null;
        budget -= value == null ? 0 : value.length;
        Map<String, ByteBuffer> headers = new LinkedHashMap<>();
        for (Map.Entry<String, byte[]> header : origin.headers().entrySet()) {
            budget -= header.getKey().getBytes(StandardCharsets.UTF_8).length + header.getValue().length;
            if (budget >= 0) {
                headers.put(header.getKey(), ByteBuffer.wrap(header.getValue()));
            }
        }
        return written(
                stage,
                key,
                letter(
                        origin.topic(),
                        origin.partition(),
                        origin.offset(),
                        origin.timestamp(),
                        key,
                        value,
                        origin.value() == null ? 0 : origin.value().length,
                        headers,
                        stage,
                        code,
                        message,
                        1 + replays(origin.headers().get(REPLAYS_HEADER))));
    }

    /** An event that failed after encoding: its bytes are gone, its coordinates are not. */
    public OutputRecord of(
            String topic, int partition, long offset, String subject, Stage stage, FailureCode code, String message) {
        return written(
                stage,
                subject.getBytes(StandardCharsets.UTF_8),
                letter(topic, partition, offset, 0, null, null, -1, Map.of(), stage, code, message, 1));
    }

    /**
     * A letter that is too large for its topic, without bytes and headers, its message cut.
     *
     * @param written the letter as a record
     */
    public OutputRecord coordinatesAlone(OutputRecord written, DeadLetter letter) {
        letter.setKey(null);
        letter.setValue(null);
        letter.setHeaders(Map.of());
        letter.setMessage(cut(letter.getMessage(), json ? MAX_SHORT_IN_JSON : MAX_SHORT));
        byte[] key = written.key() != null && written.key().length <= MAX_SHORT ? written.key() : null;
        return writer.write(key, letter)
                .withHeaders(DeadLetterHeaders.coordinates(pipeline, letter))
                .withTrace(written.trace());
    }

    private OutputRecord written(Stage stage, byte[] key, DeadLetter letter) {
        return writer.write(key, letter).withHeaders(DeadLetterHeaders.of(pipeline, self, stage, letter));
    }

    static String cut(String message, int most) {
        if (message == null || message.length() <= most) {
            return message == null ? "" : message;
        }
        // Not within a surrogate pair.
        int end = Character.isHighSurrogate(message.charAt(most - 1)) ? most - 1 : most;
        return message.substring(0, end) + " …";
    }

    private static DeadLetter letter(
            String topic,
            int partition,
            long offset,
            long timestamp,
            byte[] key,
            byte[] value,
            long size,
            Map<String, ByteBuffer> headers,
            Stage stage,
            FailureCode code,
            String message,
            int attempts) {
        return new DeadLetter(
                topic,
                partition,
                offset,
                Instant.ofEpochMilli(timestamp),
                key == null ? null : ByteBuffer.wrap(key),
                value == null ? null : ByteBuffer.wrap(value),
                size,
                headers,
                stage.label(),
                code.name(),
                code.fault().name(),
                cut(message, MAX_MESSAGE),
                attempts,
                Instant.ofEpochMilli(System.currentTimeMillis()));
    }

    /**
     * How often a record was sent again, by its header; none where that is no number.
     *
     * @param header null where there is none
     */
    public static int replays(byte[] header) {
        String text = header == null ? "" : new String(header, StandardCharsets.US_ASCII);
        return text.matches("[0-9]{1,6}") ? Integer.parseInt(text) : 0;
    }
}
