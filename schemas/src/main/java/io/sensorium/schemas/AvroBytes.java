// SPDX-License-Identifier: Apache-2.0
package io.sensorium.schemas;

import io.sensorium.schemas.InputEvent.Payload;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;

/**
 * Avro's binary encoding in an array, read from a position on. No length or count is believed beyond the bytes that are
 * there: a corrupt record must not make its reader allocate gigabytes. Source: Avro 1.12 specification, "Binary
 * Encoding". For one thread.
 */
final class AvroBytes {

    private static final int MAX_DEPTH = 64;

    /**
     * Entries of arrays and maps in one record, other than floats: each becomes an object, and an entry may take no
     * bytes at all.
     */
    private static final int MAX_ENTRIES = 1 << 20;

    /** Values that are passed over in one record: a schema may have thousands of fields that take no bytes. */
    private static final int MAX_STEPS = 1 << 23;

    /** What a decoder puts in place of bytes that are not UTF-8. */
    private static final char REPLACEMENT = '\uFFFD';

    private final byte[] bytes;
    private int position;
    private int entries;
    private int steps;

    AvroBytes(byte[] bytes, int position) {
        this.bytes = bytes;
        this.position = position;
    }

    /** Avro's own decoder of what is left. */
    BinaryDecoder decoder() {
        return DecoderFactory.get().binaryDecoder(bytes, position, bytes.length - position, null);
    }

    boolean isEnd() {
        return position == bytes.length;
    }

    /** An int or a long. */
    long readLong() throws IOException {
        long value = 0;
        for (int shift = 0; shift < 70; shift += 7) {
            if (position == bytes.length) {
                throw new EOFException("the bytes end within a number");
            }
            byte next = bytes[position++];
            value |= (next & 0x7fL) << shift;
            if (next >= 0) {
                return value >>> 1 ^ -(value & 1);
            }
        }
        throw new IOException("a number of more than ten bytes");
    }

    String readString() throws IOException {
        int length = length();
        String text = new String(bytes, position, length, StandardCharsets.UTF_8);
        if (text.indexOf(REPLACEMENT) >= 0) {
            requireUtf8(position, length);
        }
        position += length;
        return text;
    }

    /** Bytes that are not UTF-8 become one and the same character, so that two ids would be one. */
    private void requireUtf8(int from, int length) throws IOException {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, from, length));
        } catch (CharacterCodingException e) {
            throw new IOException("a text that is not UTF-8", e);
        }
    }

    /** Bytes, which stay where they are. */
    Payload.Media readMedia() throws IOException {
        int length = length();
        Payload.Media media = new Payload.Media(bytes, position, length);
        position += length;
        return media;
    }

    /**
     * An array of floats, as the bytes of all its blocks, of which there may be one a float: their sizes are added up
     * before anything is copied.
     */
    byte[] readFloats() throws IOException {
        int start = position;
        int length = 0;
        for (int more = floatBlock(); more > 0; more = floatBlock()) {
            length += more;
            position += more;
        }
        byte[] all = new byte[length];
        position = start;
        int to = 0;
        for (int more = floatBlock(); more > 0; more = floatBlock()) {
            System.arraycopy(bytes, position, all, to, more);
            to += more;
            position += more;
        }
        return all;
    }

    /** The number of entries in a map's or array's next block; 0 at its end. */
    int readBlock() throws IOException {
        int count = block(1);
        entries += count;
        if (entries > MAX_ENTRIES) {
            throw new IOException("more than " + MAX_ENTRIES + " entries in arrays and maps");
        }
        return count;
    }

    /** The bytes that the floats of an array's next block take. */
    private int floatBlock() throws IOException {
        return block(Float.BYTES) * Float.BYTES;
    }

    private int block(int size) throws IOException {
        long count = readLong();
        if (count < 0) {
            // A negative count means that the block's size in bytes follows.
            readLong();
            count = -count;
        }
        return within(count, size);
    }

    private int length() throws IOException {
        return within(readLong(), 1);
    }

    private int within(long count, int size) throws IOException {
        if (count < 0 || count > (bytes.length - position) / size) {
            throw new EOFException("a length of " + count + " where " + (bytes.length - position) + " bytes are left");
        }
        return (int) count;
    }

    private void pass(int length) throws IOException {
        position += within(length, 1);
    }

    /** Passes over one value, and so proves that it is whole. */
    void skip(Schema schema) throws IOException {
        skip(schema, 0);
    }

    private void skip(Schema schema, int depth) throws IOException {
        if (depth > MAX_DEPTH) {
            throw new IOException("nested more than " + MAX_DEPTH + " deep");
        }
        if (++steps > MAX_STEPS) {
            throw new IOException("more than " + MAX_STEPS + " values");
        }
        switch (schema.getType()) {
            case NULL -> {}
            case BOOLEAN -> pass(1);
            case INT, LONG, ENUM -> readLong();
            case FLOAT -> pass(Float.BYTES);
            case DOUBLE -> pass(Double.BYTES);
            case STRING, BYTES -> pass(length());
            case FIXED -> pass(schema.getFixedSize());
            case RECORD -> {
                for (Schema.Field field : schema.getFields()) {
                    skip(field.schema(), depth + 1);
                }
            }
            case UNION -> skip(branch(schema), depth + 1);
            case MAP -> {
                for (int count = readBlock(); count > 0; count = readBlock()) {
                    for (int i = 0; i < count; i++) {
                        pass(length());
                        skip(schema.getValueType(), depth + 1);
                    }
                }
            }
            case ARRAY -> {
                if (schema.getElementType().getType() == Schema.Type.FLOAT) {
                    for (int more = floatBlock(); more > 0; more = floatBlock()) {
                        pass(more);
                    }
                } else {
                    for (int count = readBlock(); count > 0; count = readBlock()) {
                        for (int i = 0; i < count; i++) {
                            skip(schema.getElementType(), depth + 1);
                        }
                    }
                }
            }
        }
    }

    private Schema branch(Schema union) throws IOException {
        long index = readLong();
        if (index < 0 || index >= union.getTypes().size()) {
            throw new IOException(
                    "branch " + index + " of a union of " + union.getTypes().size());
        }
        return union.getTypes().get((int) index);
    }
}
