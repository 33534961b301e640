// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.records;

import io.sensorium.results.DeadLetter;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A dead letter's headers, named and encoded as Kafka Streams (KIP-1034) and Kafka Connect do: all of them texts in
 * UTF-8. The failure's code stands for the exception's class, the pipeline for the connector. Pure.
 */
final class DeadLetterHeaders {

    private static final String STREAMS = "__streams.errors.";
    private static final String CONNECT = "__connect.errors.";

    /** Characters of a message in a header; the record has more. */
    static final int MAX_MESSAGE = 500;

    private DeadLetterHeaders() {}

    /** What the headers hold that every dead letter has, by name. */
    static Map<String, String> coordinates() {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put(STREAMS + "exception", "The failure's code.");
        headers.put(CONNECT + "exception.class.name", "The failure's code.");
        headers.put(CONNECT + "connector.name", "The pipeline.");
        for (String prefix : new String[] {STREAMS, CONNECT}) {
            headers.put(prefix + "topic", "Topic the record was read from.");
            headers.put(prefix + "partition", "Partition it was read from.");
            headers.put(prefix + "offset", "Offset it was read at.");
        }
        return Collections.unmodifiableMap(headers);
    }

    /** What all headers hold, by name. */
    static Map<String, String> all() {
        Map<String, String> headers = new LinkedHashMap<>(coordinates());
        headers.put(STREAMS + "message", "What was wrong.");
        headers.put(STREAMS + "stacktrace", "Code and message.");
        headers.put(CONNECT + "task.id", "Index of the subtask.");
        headers.put(CONNECT + "stage", "Kafka Connect's stage that is like the one that failed.");
        headers.put(CONNECT + "class.name", "The operator's class.");
        headers.put(CONNECT + "exception.message", "What was wrong.");
        headers.put(CONNECT + "exception.stacktrace", "Code and message.");
        return Collections.unmodifiableMap(headers);
    }

    /**
     * Where the record was, what was wrong, and who found it.
     *
     * @param pipeline the pipeline's name
     * @param writer that makes the letter
     * @param stage that failed
     */
    static Map<String, String> of(String pipeline, DeadLetters.Writer writer, Stage stage, DeadLetter letter) {
        String message = DeadLetters.cut(letter.getMessage(), MAX_MESSAGE);
        // The first line of a stack trace. Most failures are no exceptions, and have no frames.
        String trace = letter.getCode() + ": " + message;
        Map<String, String> headers = coordinates(pipeline, letter);
        headers.put(STREAMS + "message", message);
        headers.put(STREAMS + "stacktrace", trace);
        headers.put(CONNECT + "task.id", Integer.toString(writer.subtask()));
        headers.put(CONNECT + "stage", connectStage(stage));
        headers.put(CONNECT + "class.name", writer.operator().getName());
        headers.put(CONNECT + "exception.message", message);
        headers.put(CONNECT + "exception.stacktrace", trace);
        return headers;
    }

    /** Where the record was, and the code. */
    static Map<String, String> coordinates(String pipeline, DeadLetter letter) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put(STREAMS + "exception", letter.getCode());
        headers.put(CONNECT + "exception.class.name", letter.getCode());
        headers.put(CONNECT + "connector.name", pipeline);
        for (String prefix : new String[] {STREAMS, CONNECT}) {
            headers.put(prefix + "topic", letter.getTopic());
            headers.put(prefix + "partition", Integer.toString(letter.getPartition()));
            headers.put(prefix + "offset", Long.toString(letter.getOffset()));
        }
        return headers;
    }

    /** The stage of Kafka Connect's that does what ours does. */
    private static String connectStage(Stage stage) {
        return switch (stage) {
            case INGEST -> "VALUE_CONVERTER";
            case FETCH, ENCODE, ALIGN, FUSE, MODERATE -> "TRANSFORMATION";
            case EMIT -> "KAFKA_PRODUCE";
        };
    }
}
