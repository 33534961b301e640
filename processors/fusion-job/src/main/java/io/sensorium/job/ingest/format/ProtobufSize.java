// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest.format;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.WireFormat;
import java.io.IOException;

/**
 * Counts a message's values before it is decoded: an empty message within another is two bytes of a record, but
 * hundreds in memory.
 */
final class ProtobufSize {

    /** Of a record. */
    static final int MAX_VALUES = 1_000_000;

    /** As Protobuf's own decoder limits it. */
    static final int MAX_LEVELS = 100;

    private final byte[] record;
    private final int start;
    private final CodedInputStream in;
    private long values;
    private int levels;

    private ProtobufSize(byte[] record, int start) {
        this.record = record;
        this.start = start;
        this.in = CodedInputStream.newInstance(record, start, record.length - start);
    }

    /** @throws IOException where there are more values than allowed, or the bytes are not a message */
    static void check(byte[] record, int start, Descriptor type) throws IOException {
        new ProtobufSize(record, start).message(type);
    }

    /** @param type null for a group of no known type, whose values Protobuf keeps all the same */
    private void message(Descriptor type) throws IOException {
        if (++levels > MAX_LEVELS) {
            throw new IOException("its messages are nested more than " + MAX_LEVELS + " deep");
        }
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            int wireType = WireFormat.getTagWireType(tag);
            if (wireType == WireFormat.WIRETYPE_END_GROUP) {
                // Whether it is the right one, the decoder checks.
                break;
            }
            count(1);
            FieldDescriptor field = type == null ? null : type.findFieldByNumber(WireFormat.getTagFieldNumber(tag));
            if (wireType == WireFormat.WIRETYPE_START_GROUP) {
                boolean known = field != null && field.getType() == FieldDescriptor.Type.GROUP;
                message(known ? field.getMessageType() : null);
            } else if (wireType == WireFormat.WIRETYPE_LENGTH_DELIMITED && field != null) {
                delimited(field);
            } else {
                in.skipField(tag);
            }
        }
        levels--;
    }

    private void delimited(FieldDescriptor field) throws IOException {
        int length = in.readRawVarint32();
        if (field.getType() == FieldDescriptor.Type.MESSAGE) {
            int outer = in.pushLimit(length);
            message(field.getMessageType());
            in.popLimit(outer);
            return;
        }
        int from = start + in.getTotalBytesRead();
        in.skipRawBytes(length);
        if (field.isPackable()) {
            count(packed(field, from, length));
        }
    }

    private int packed(FieldDescriptor field, int from, int length) {
        switch (field.getType()) {
            case FLOAT, FIXED32, SFIXED32:
                return length / Integer.BYTES;
            case DOUBLE, FIXED64, SFIXED64:
                return length / Long.BYTES;
            default:
                int ends = 0;
                for (int i = from; i < from + length; i++) {
                    if (record[i] >= 0) {
                        ends++;
                    }
                }
                return ends;
        }
    }

    private void count(int more) throws IOException {
        values += more;
        if (values > MAX_VALUES) {
            throw new IOException("it has more than " + MAX_VALUES + " values");
        }
    }
}
