// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.serde;

import io.sensorium.job.alignment.AlignedWindow;
import io.sensorium.job.records.FailedEvent;
import io.sensorium.job.records.IngestRecord;
import io.sensorium.job.records.KeyedEncodedEvent;
import io.sensorium.job.records.LateEventRecord;
import io.sensorium.job.records.OutputRecord;
import org.apache.flink.api.common.serialization.SerializerConfig;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;

/**
 * Flink's type information for the project's records.
 *
 * @param <T> the record
 */
public final class RecordType<T> extends TypeInformation<T> {
    private static final long serialVersionUID = 1L;

    public static final RecordType<IngestRecord> INGEST =
            new RecordType<>(IngestRecord.class, IngestRecordSerializer.INSTANCE);
    public static final RecordType<KeyedEncodedEvent> ENCODED =
            new RecordType<>(KeyedEncodedEvent.class, KeyedEncodedEventSerializer.INSTANCE);
    public static final RecordType<AlignedWindow> WINDOW =
            new RecordType<>(AlignedWindow.class, AlignedWindowSerializer.INSTANCE);
    public static final RecordType<LateEventRecord> LATE =
            new RecordType<>(LateEventRecord.class, LateEventRecordSerializer.INSTANCE);
    public static final RecordType<FailedEvent> FAILED =
            new RecordType<>(FailedEvent.class, FailedEventSerializer.INSTANCE);
    public static final RecordType<OutputRecord> OUTPUT =
            new RecordType<>(OutputRecord.class, OutputRecordSerializer.INSTANCE);

    private final Class<T> type;
    private final TypeSerializer<T> serializer;

    private RecordType(Class<T> type, TypeSerializer<T> serializer) {
        this.type = type;
        this.serializer = serializer;
    }

    @Override
    public boolean isBasicType() {
        return false;
    }

    @Override
    public boolean isTupleType() {
        return false;
    }

    @Override
    public int getArity() {
        return 1;
    }

    @Override
    public int getTotalFields() {
        return 1;
    }

    @Override
    public Class<T> getTypeClass() {
        return type;
    }

    @Override
    public boolean isKeyType() {
        return false;
    }

    @Override
    public TypeSerializer<T> createSerializer(SerializerConfig config) {
        return serializer;
    }

    @Override
    public String toString() {
        return type.getSimpleName();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RecordType<?> that && type == that.type;
    }

    @Override
    public int hashCode() {
        return type.hashCode();
    }

    @Override
    public boolean canEqual(Object other) {
        return other instanceof RecordType;
    }
}
