// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/**
 * Something that a decoder process does, as it crosses its pipes: big-endian numbers, arrays behind their length.
 *
 * @param <T> what comes out
 */
interface DecoderRequest<T> {

    /** What a decoder process sends once, when it can take requests. */
    int READY = 'R';
    /** Before a result. */
    int DECODED = 'D';
    /** Before a {@link MediaException}'s problem and message. */
    int REFUSED = 'X';

    /** For messages: what is decoded, such as "flac". */
    String format();

    /**
     * Done in the decoder process.
     *
     * @throws MediaException when the media are at fault
     */
    T decode(MediaLimits limits) throws MediaException;

    /** Writes the request, its kind first. */
    void write(DataOutputStream out) throws IOException;

    /** Writes a result. */
    void writeResult(T result, DataOutputStream out) throws IOException;

    /** Reads what {@link #writeResult} has written. */
    T readResult(DataInputStream in) throws IOException;

    /**
     * Reads what {@link #write} has written.
     *
     * @throws java.io.EOFException when there is no further request
     */
    static DecoderRequest<?> read(DataInputStream in) throws IOException {
        int kind = in.readUnsignedByte();
        return switch (kind) {
            case SoundRequest.KIND -> SoundRequest.read(in);
            case WebPRequest.KIND -> WebPRequest.read(in);
            default -> throw new IOException("unknown request " + kind);
        };
    }

    /** Writes an array behind its length. */
    static void writeBytes(byte[] bytes, DataOutputStream out) throws IOException {
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    /** Reads an array that is behind its length. */
    static byte[] readBytes(DataInputStream in) throws IOException {
        byte[] bytes = new byte[in.readInt()];
        in.readFully(bytes);
        return bytes;
    }
}
