// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.records;

import io.sensorium.job.alignment.Embedding;
import io.sensorium.job.alignment.EncodedEvent;
import io.sensorium.job.alignment.Evidence;
import io.sensorium.operators.encode.Content;
import io.sensorium.operators.encode.Outcome.Recognized;
import io.sensorium.operators.encode.Passage;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a source hands on: an event, why the record is none, or that it has none of the modality. */
public sealed interface IngestRecord {

    /** The record it came from. */
    Coordinates origin();

    /**
     * A decoded event.
     *
     * @param time event time plus clock offset, in ms
     * @param content what the encoder takes; null where a vector or a reference came with the event
     * @param reference where the content lies; else null
     * @param vector the embedding that came with the event, binary32, little-endian, all finite; else null
     * @param vectorModel the model that the event names for its embedding; else null
     * @param readAt wall-clock ms
     * @param signals what is known of the content already, by name; for derived events
     * @param passages what a derived event's text is made of, with its places; else empty
     */
    record Event(
            Coordinates origin,
            String eventId,
            String subjectId,
            long time,
            Content content,
            Reference reference,
            byte[] vector,
            String vectorModel,
            Map<String, String> attributes,
            long readAt,
            Map<String, Double> signals,
            List<Passage> passages)
            implements IngestRecord {

        /** One that is not derived. */
        public Event(
                Coordinates origin,
                String eventId,
                String subjectId,
                long time,
                Content content,
                Reference reference,
                byte[] vector,
                String vectorModel,
                Map<String, String> attributes,
                long readAt) {
            this(
                    origin,
                    eventId,
                    subjectId,
                    time,
                    content,
                    reference,
                    vector,
                    vectorModel,
                    attributes,
                    readAt,
                    Map.of(),
                    List.of());
        }

        /**
         * The event of text that was found in this one's content, with the signals {@code confidence}, in [0, 1], and
         * {@code words}.
         */
        public Event derived(Recognized found) {
            return new Event(
                    origin,
                    eventId,
                    subjectId,
                    time,
                    new Content.Text(found.text()),
                    null,
                    null,
                    null,
                    attributes,
                    readAt,
                    Map.of("confidence", found.confidence(), "words", (double)
                            found.text().split("\\s+").length),
                    found.passages());
        }

        /**
         * The event as alignment takes it.
         *
         * @param modality index into the configured modalities
         * @param embeddings by the encoders that run
         * @param encoderSignals the encoder's side outputs, which are added to the event's own signals
         * @param trace the W3C trace context that the event is part of; null for none
         * @param evidence what is kept of its content; null for nothing
         */
        public EncodedEvent encoded(
                int modality,
                List<Embedding> embeddings,
                Map<String, Double> encoderSignals,
                String trace,
                Evidence evidence) {
            Map<String, Double> all = encoderSignals;
            if (!signals.isEmpty()) {
                all = new LinkedHashMap<>(signals);
                all.putAll(encoderSignals);
            }
            return new EncodedEvent(
                    modality,
                    eventId,
                    time,
                    origin.partition(),
                    origin.offset(),
                    readAt,
                    embeddings,
                    attributes,
                    all,
                    trace,
                    evidence);
        }
    }

    /**
     * A claim check.
     *
     * @param sizeBytes of the content; -1 where the event does not state it
     * @param sha256 of the content, hex; null where the event does not state it
     * @param text whether it is UTF-8 text
     */
    record Reference(String uri, long sizeBytes, String sha256, boolean text) {}

    /**
     * A record that holds events of other modalities, but none of this one.
     *
     * @param time that an event of it would have, in ms; {@link #NO_TIME} where none is known
     */
    record Absent(Coordinates origin, long time) implements IngestRecord {
        public static final long NO_TIME = Long.MIN_VALUE;
    }

    /** A record that is no event of the pipeline's. */
    record Rejected(Coordinates origin, FailureCode code, String message) implements IngestRecord {}
}
