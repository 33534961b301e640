// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.records;

import io.sensorium.job.config.PipelineConfig.EmitKey;
import io.sensorium.schemas.RecordEncoder;
import io.sensorium.schemas.ResultStatus;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.Schema.Field;
import org.apache.avro.specific.SpecificRecord;

/**
 * Makes output records of one topic. For one thread.
 *
 * @param <T> the topic's record
 */
public final class RecordWriter<T extends SpecificRecord> {

    private final String topic;
    private final RecordEncoder<T> encoder;

    /** The field that is the record's key; null where the subject is. */
    private final Field key;

    /** The field that marks a provisional result; null where the record has none. */
    private final Field status;

    public RecordWriter(String topic, Schema schema, OutputSchemas schemas) {
        this.topic = topic;
        Field resultId = schema.getField("result_id");
        this.key = schemas.key() == EmitKey.RESULT_ID ? resultId : null;
        this.status = schema.getField("status");
        this.encoder = schemas.encoder(topic, schema);
    }

    /**
     * With the subject as its key, or the result's id where {@code emit.key} is {@code result_id} and the record has
     * one.
     *
     * @param readAt wall-clock ms at which the last input was read
     */
    public OutputRecord write(String subject, T value, long readAt) {
        return new OutputRecord(
                topic,
                (key == null ? subject : (String) value.get(key.pos())).getBytes(StandardCharsets.UTF_8),
                encoder.encode(value),
                readAt,
                status != null && ResultStatus.PROVISIONAL.matches((String) value.get(status.pos())),
                "",
                Map.of());
    }

    /** With the key as it came, which may be none. */
    public OutputRecord write(byte[] key, T value) {
        return new OutputRecord(topic, key, encoder.encode(value), 0);
    }
}
