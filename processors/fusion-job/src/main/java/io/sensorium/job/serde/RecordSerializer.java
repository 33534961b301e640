// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.serde;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.flink.api.common.typeutils.base.TypeSerializerSingleton;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * A serializer of an immutable record.
 *
 * @param <T> the record
 */
public abstract class RecordSerializer<T> extends TypeSerializerSingleton<T> {
    private static final long serialVersionUID = 1L;

    @Override
    public final boolean isImmutableType() {
        return true;
    }

    @Override
    public final T createInstance() {
        return null;
    }

    @Override
    public final T copy(T from) {
        return from;
    }

    @Override
    public final T copy(T from, T reuse) {
        return from;
    }

    @Override
    public final int getLength() {
        return -1;
    }

    @Override
    public final T deserialize(T reuse, DataInputView source) throws IOException {
        return deserialize(source);
    }

    @Override
    public final void copy(DataInputView source, DataOutputView target) throws IOException {
        serialize(deserialize(source), target);
    }

    protected static void writeBytes(byte[] bytes, DataOutputView out) throws IOException {
        writeCount(bytes == null ? 0 : bytes.length + 1, out);
        if (bytes != null) {
            out.write(bytes);
        }
    }

    protected static byte[] readBytes(DataInputView in) throws IOException {
        int length = readCount(in);
        if (length == 0) {
            return null;
        }
        byte[] bytes = new byte[length - 1];
        in.readFully(bytes);
        return bytes;
    }

    /** UTF-8 with a length, because {@code writeUTF} stops at 64 KiB. */
    protected static void writeText(String text, DataOutputView out) throws IOException {
        writeBytes(text.getBytes(java.nio.charset.StandardCharsets.UTF_8), out);
    }

    protected static String readText(DataInputView in) throws IOException {
        return new String(readBytes(in), java.nio.charset.StandardCharsets.UTF_8);
    }

    /** A number that is not negative, in seven bits a byte, the lowest first. */
    protected static void writeCount(int count, DataOutputView out) throws IOException {
        int rest = count;
        while (rest > 0x7f) {
            out.writeByte(rest & 0x7f | 0x80);
            rest >>>= 7;
        }
        out.writeByte(rest);
    }

    protected static int readCount(DataInputView in) throws IOException {
        int count = 0;
        for (int shift = 0; ; shift += 7) {
            int next = in.readByte();
            count |= (next & 0x7f) << shift;
            if (next >= 0) {
                return count;
            }
        }
    }

    /**
     * Writes a map's entries.
     *
     * @param <V> the values' type
     */
    interface Writer<V> {
        void write(V value, DataOutputView out) throws IOException;
    }

    /**
     * Reads a map's values.
     *
     * @param <V> the values' type
     */
    interface Reader<V> {
        V read(DataInputView in) throws IOException;
    }

    static <V> void writeMap(Map<String, V> map, Writer<V> writer, DataOutputView out) throws IOException {
        writeCount(map.size(), out);
        for (Map.Entry<String, V> entry : map.entrySet()) {
            writeText(entry.getKey(), out);
            writer.write(entry.getValue(), out);
        }
    }

    static <V> Map<String, V> readMap(Reader<V> reader, DataInputView in) throws IOException {
        int size = readCount(in);
        if (size == 0) {
            return Map.of();
        }
        Map<String, V> map = new LinkedHashMap<>();
        for (int i = 0; i < size; i++) {
            map.put(readText(in), reader.read(in));
        }
        return map;
    }
}
