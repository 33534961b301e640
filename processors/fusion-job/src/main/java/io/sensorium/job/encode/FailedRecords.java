// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.encode;

import io.sensorium.job.config.EventMapping;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.SharedTopics;
import io.sensorium.job.quarantine.RecordWall;
import io.sensorium.job.records.Coordinates;
import io.sensorium.job.records.DeadLetters;
import io.sensorium.job.records.FailureCode;
import io.sensorium.job.records.IngestRecord;
import io.sensorium.job.records.OutputRecord;
import io.sensorium.job.records.Stage;
import io.sensorium.job.trace.StageTracer;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends records that failed at ingest or encode to the dead letters. For one thread. */
final class FailedRecords {

    private static final Logger LOG = LoggerFactory.getLogger(FailedRecords.class);

    private final PipelineConfig config;
    private final int modality;
    private final DeadLetters letters;
    private final StageTracer tracer;
    private final Consumer<OutputRecord> out;

    FailedRecords(
            PipelineConfig config, int modality, DeadLetters letters, StageTracer tracer, Consumer<OutputRecord> out) {
        this.config = config;
        this.modality = modality;
        this.letters = letters;
        this.tracer = tracer;
        this.out = out;
    }

    /** One dead letter; by the record's coordinates alone where its bytes make even that fail. */
    void fail(IngestRecord record, Stage stage, FailureCode code, String cause) {
        EventMapping mapping = config.modalities().get(modality).events();
        String why = stage == Stage.ENCODE && mapping != null && code.isOfMedia() ? mapping.ofPayload(cause) : cause;
        String message = code == FailureCode.UNDECODABLE || code == FailureCode.UNKNOWN_SCHEMA
                ? why
                : SharedTopics.message(config.modalities(), config.modalities().get(modality), why);
        Coordinates origin = record.origin();
        OutputRecord letter;
        try {
            letter = letters.of(origin, stage, code, message);
            String parent = tracer.parent(origin.headers());
            letter = parent == null ? letter : letter.withTrace(parent);
        } catch (Throwable e) {
            LOG.warn(
                    "the dead letter of {}-{} offset {} has coordinates only: {}",
                    origin.topic(),
                    origin.partition(),
                    origin.offset(),
                    RecordWall.messageOf(e));
            letter = letters.of(origin.topic(), origin.partition(), origin.offset(), "", stage, code, message);
        }
        out.accept(letter);
    }
}
