// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.emit;

import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.records.DeadLetters;
import io.sensorium.job.records.FailureCode;
import io.sensorium.job.records.OutputRecord;
import io.sensorium.job.records.OutputSchemas;
import io.sensorium.job.records.RecordWriter;
import io.sensorium.job.records.Stage;
import io.sensorium.results.DeadLetter;
import io.sensorium.results.InputReference;
import io.sensorium.results.LateEvent;
import io.sensorium.results.ShadowResult;
import io.sensorium.schemas.RecordDecoder;
import io.sensorium.schemas.WireFormatException;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichFlatMapFunction;
import org.apache.flink.util.Collector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Measures every record before the sink. One that its topic would refuse becomes a dead letter for each of its inputs;
 * a dead letter that its topic would refuse keeps its coordinates alone. A record that the broker refuses would fail
 * the job at every restart.
 */
public final class OversizedRecords extends RichFlatMapFunction<OutputRecord, OutputRecord> {
    private static final long serialVersionUID = 1L;

    private static final Logger LOG = LoggerFactory.getLogger(OversizedRecords.class);

    private final PipelineConfig config;
    private final OutputSchemas schemas;
    private transient DeadLetters letters;
    private transient RecordWriter<ShadowResult> shadows;
    private transient Map<String, RecordDecoder<SpecificRecord>> readers;

    public OversizedRecords(PipelineConfig config, OutputSchemas schemas) {
        this.config = config;
        this.schemas = schemas;
    }

    @Override
    public void open(OpenContext context) {
        letters = new DeadLetters(
                config,
                schemas,
                new DeadLetters.Writer(
                        OversizedRecords.class,
                        getRuntimeContext().getTaskInfo().getIndexOfThisSubtask()));
        shadows = config.rollout().on()
                ? new RecordWriter<>(config.sideTopics().shadow(), ShadowResult.getClassSchema(), schemas)
                : null;
        readers = new HashMap<>();
        OutputSchemas.topics(config)
                .forEach((topic, schema) -> readers.put(topic, RecordDecoder.of(schema, schemas.idBytes())));
    }

    @Override
    public void flatMap(OutputRecord record, Collector<OutputRecord> out) throws IOException {
        if (schemas.fits(record)) {
            out.collect(record);
            return;
        }
        SpecificRecord value = written(record);
        String message = tooLarge(
                value.getSchema().getName(),
                record,
                schemas.limit(record.topic()),
                value instanceof DeadLetter
                        ? "lower dead_letters.max_bytes, which is "
                                + config.deadLetters().maxBytes()
                        : "lower align.max_events, split the subject"
                                + (carriesTexts(value) ? ", name fewer modalities in emit.texts" : ""));
        LOG.warn(message);
        if (value instanceof DeadLetter letter) {
            out.collect(letters.coordinatesAlone(record, letter));
        } else if (value instanceof ShadowResult shadow) {
            shadow.setValues(Map.of());
            shadow.setLiveValues(Map.of());
            shadow.setError(message);
            out.collect(shadows.write(shadow.getSubjectId(), shadow, record.readAt()));
        } else if (value instanceof LateEvent late) {
            fail(record, late.getTopic(), late.getPartition(), late.getOffset(), late.getSubjectId(), message, out);
        } else {
            for (InputReference input : inputs(value)) {
                fail(
                        record,
                        input.getTopic(),
                        input.getPartition(),
                        input.getOffset(),
                        (String) value.get(
                                value.getSchema().getField("subject_id").pos()),
                        message,
                        out);
            }
        }
    }

    private boolean carriesTexts(SpecificRecord value) {
        return !config.emit().texts().isEmpty() && value.getSchema().getField("inputs") != null;
    }

    static String tooLarge(String name, OutputRecord record, int limit, String remedy) {
        return "the " + name + " record has " + record.value().length + " bytes, more than the " + limit
                + " that topic " + record.topic() + " allows (max.message.bytes); " + remedy
                + ", or raise the topic's max.message.bytes";
    }

    private SpecificRecord written(OutputRecord record) throws IOException {
        try {
            return readers.get(record.topic()).decode(record.value());
        } catch (WireFormatException e) {
            throw new IOException("an own record cannot be read back", e);
        }
    }

    private void fail(
            OutputRecord record,
            String topic,
            int partition,
            long offset,
            String subject,
            String message,
            Collector<OutputRecord> out)
            throws IOException {
        OutputRecord letter = letters.of(
                        topic, partition, offset, subject, Stage.EMIT, FailureCode.MODEL_FAILED, message)
                .withTrace(record.trace());
        if (schemas.fits(letter)) {
            out.collect(letter);
        } else {
            flatMap(letter, out);
        }
    }

    @SuppressWarnings("unchecked") // as the schemas of results have it
    private static List<InputReference> inputs(SpecificRecord result) {
        return (List<InputReference>)
                result.get(result.getSchema().getField("inputs").pos());
    }
}
