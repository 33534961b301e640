// SPDX-License-Identifier: Apache-2.0
package io.sensorium.schemas;

import java.util.ArrayList;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.Schema.Field;
import org.apache.avro.Schema.Type;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificRecord;

/**
 * Readers of generated records from a writer's schema. Beyond Avro's own resolution, an enumeration that the writer has
 * in place of a string field is read as its symbol: {@code status}, {@code label}, {@code severity}, {@code mode} and
 * {@code fault} used to be enumerations, and such records remain in topics and savepoints. Pure.
 */
public final class RecordResolution {

    private RecordResolution() {}

    /**
     * A reader of one writer's records. For one thread.
     *
     * @param writer the schema the bytes were written with
     * @param reader the schema of {@code T}
     * @param <T> the generated record class
     */
    public static <T extends SpecificRecord> SpecificDatumReader<T> reader(Schema writer, Schema reader) {
        return new SpecificDatumReader<>(writer, withEnumerations(writer, reader));
    }

    /**
     * The reader's schema with the writer's enumerations in place of its strings; generated setters take a symbol's
     * name.
     */
    private static Schema withEnumerations(Schema writer, Schema reader) {
        if (writer.getType() != Type.RECORD
                || reader.getFields().stream().noneMatch(field -> wroteEnumeration(writer, field))) {
            return reader;
        }
        List<Field> fields = new ArrayList<>(reader.getFields().size());
        for (Field field : reader.getFields()) {
            fields.add(
                    wroteEnumeration(writer, field)
                            ? new Field(
                                    field.name(), writer.getField(field.name()).schema(), field.doc())
                            : new Field(field, field.schema()));
        }
        return Schema.createRecord(reader.getName(), reader.getDoc(), reader.getNamespace(), false, fields);
    }

    private static boolean wroteEnumeration(Schema writer, Field field) {
        Field written = writer.getField(field.name());
        return field.schema().getType() == Type.STRING
                && written != null
                && written.schema().getType() == Type.ENUM;
    }
}
