// SPDX-License-Identifier: Apache-2.0
package io.sensorium.rollup.aggregate;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInput;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;

/** Serialization of state and of messages between the halves of the topology. */
final class StateFormat {

    private StateFormat() {}

    /** How something is written. */
    interface Writing<T> {
        void write(T value, DataOutput out) throws IOException;
    }

    /** How something is read. */
    interface Reading<T> {
        T read(DataInput in) throws IOException;
    }

    /** A serde whose first byte is the version of the written form. */
    static <T> Serde<T> versioned(Writing<T> writing, Reading<T> reading) {
        return of(
                (value, out) -> {
                    out.writeByte(1);
                    writing.write(value, out);
                },
                in -> {
                    byte version = in.readByte();
                    if (version != 1) {
                        throw new IllegalStateException("state of format " + version
                                + ", this release reads 1; start with the release that wrote it, or with --fresh");
                    }
                    return reading.read(in);
                });
    }

    /** A serde of what is written alone; null stays null. */
    static <T> Serde<T> of(Writing<T> writing, Reading<T> reading) {
        return Serdes.serdeFrom(
                (topic, value) -> value == null ? null : bytes(value, writing),
                (topic, bytes) -> bytes == null ? null : value(bytes, reading));
    }

    private static <T> byte[] bytes(T value, Writing<T> writing) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(128);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            writing.write(value, out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static <T> T value(byte[] bytes, Reading<T> reading) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            return reading.read(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
