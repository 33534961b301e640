package io.sensorium.job.wire;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.flink.api.common.typeutils.base.TypeSerializerSingleton;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** A serializer of an immutable record. @param <T> the record */
abstract class RecordSerializer<T> extends TypeSerializerSingleton<T> {
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

    static void writeBytes(byte[] bytes, DataOutputView out) throws IOException {
        out.writeInt(bytes == null ? -1 : bytes.length);
        if (bytes != null) {
            out.write(bytes);
        }
    }

    static byte[] readBytes(DataInputView in) throws IOException {
        int length = in.readInt();
        if (length < 0) {
            return null;
        }
        byte[] bytes = new byte[length];
        in.readFully(bytes);
        return bytes;
    }

    /** UTF-8 with a length, because {@code writeUTF} stops at 64 KiB. */
    static void writeText(String text, DataOutputView out) throws IOException {
        writeBytes(text.getBytes(java.nio.charset.StandardCharsets.UTF_8), out);
    }

    static String readText(DataInputView in) throws IOException {
        return new String(readBytes(in), java.nio.charset.StandardCharsets.UTF_8);
    }

    /** A float vector, or null. */
    static void writeVector(float[] vector, DataOutputView out) throws IOException {
        out.writeInt(vector == null ? -1 : vector.length);
        if (vector != null) {
            byte[] bytes = new byte[vector.length * Float.BYTES];
            java.nio.ByteBuffer.wrap(bytes).asFloatBuffer().put(vector);
            out.write(bytes);
        }
    }

    static float[] readVector(DataInputView in) throws IOException {
        int length = in.readInt();
        if (length < 0) {
            return null;
        }
        byte[] bytes = new byte[length * Float.BYTES];
        in.readFully(bytes);
        float[] vector = new float[length];
        java.nio.ByteBuffer.wrap(bytes).asFloatBuffer().get(vector);
        return vector;
    }

    /** Writes a map's entries. @param <V> the values' type */
    interface Writer<V> {
        void write(V value, DataOutputView out) throws IOException;
    }

    /** Reads a map's values. @param <V> the values' type */
    interface Reader<V> {
        V read(DataInputView in) throws IOException;
    }

    static <V> void writeMap(Map<String, V> map, Writer<V> writer, DataOutputView out) throws IOException {
        out.writeShort(map.size());
        for (Map.Entry<String, V> entry : map.entrySet()) {
            writeText(entry.getKey(), out);
            writer.write(entry.getValue(), out);
        }
    }

    static <V> Map<String, V> readMap(Reader<V> reader, DataInputView in) throws IOException {
        int size = in.readShort();
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
