// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration.dominant;

import io.sensorium.results.WindowResult;
import java.util.ArrayList;
import java.util.List;
import org.apache.avro.Conversion;
import org.apache.avro.Schema;
import org.apache.avro.Schema.Field;
import org.apache.avro.Schema.Type;
import org.apache.avro.data.TimeConversions;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecordBase;

/** The fields that all results share, {@code modality} and {@code contribution}. As Avro's generator would make it. */
public final class DominantResult extends SpecificRecordBase {
    private static final long serialVersionUID = 1L;

    /** Found by Avro under this name. */
    public static final Schema SCHEMA$ = schema();

    /** Found by Avro under this name. */
    public static final SpecificData MODEL$ = new WindowResult().getSpecificData();

    private final Object[] values = new Object[SCHEMA$.getFields().size()];

    private static Schema schema() {
        List<Field> fields = new ArrayList<>();
        WindowResult.getClassSchema().getFields().forEach(field -> fields.add(new Field(field, field.schema())));
        // Read back by consumers in Java, as all of this project's texts are.
        Schema text = Schema.create(Type.STRING);
        text.addProp("avro.java.string", "String");
        fields.add(new Field("modality", text));
        fields.add(new Field("contribution", Schema.create(Type.DOUBLE)));
        return Schema.createRecord(
                DominantResult.class.getSimpleName(), null, DominantResult.class.getPackageName(), false, fields);
    }

    @Override
    public SpecificData getSpecificData() {
        return MODEL$;
    }

    @Override
    public Conversion<?> getConversion(int field) {
        return SCHEMA$.getFields().get(field).schema().getLogicalType() == null
                ? null
                : new TimeConversions.TimestampMillisConversion();
    }

    @Override
    public Schema getSchema() {
        return SCHEMA$;
    }

    @Override
    public Object get(int field) {
        return values[field];
    }

    @Override
    public void put(int field, Object value) {
        values[field] = value;
    }
}
