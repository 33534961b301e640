// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.pack;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.TreeSet;

/**
 * Finds the files in which an ONNX graph keeps weights outside itself (ONNX external data). Walks the protocol buffer's
 * messages by their field numbers, as {@code onnx.proto} has them, and skips everything else, so that no weight is
 * copied.
 */
final class ExternalData {

    private static final int LENGTH_DELIMITED = 2;

    /** Deeper than any graph nests; a loop or branch is three levels. */
    private static final int MAX_DEPTH = 64;

    private ExternalData() {}

    /** The messages that lead to tensors. */
    private enum Message {
        MODEL,
        GRAPH,
        NODE,
        ATTRIBUTE,
        SPARSE_TENSOR,
        FUNCTION,
        TENSOR,
        ENTRY,
        OTHER;

        Message field(int number) {
            return switch (this) {
                case MODEL -> number == 7 ? GRAPH : number == 25 ? FUNCTION : OTHER;
                case GRAPH -> number == 1 ? NODE : number == 5 ? TENSOR : number == 15 ? SPARSE_TENSOR : OTHER;
                case FUNCTION -> number == 7 ? NODE : number == 11 ? ATTRIBUTE : OTHER;
                case NODE -> number == 5 ? ATTRIBUTE : OTHER;
                case ATTRIBUTE ->
                    number == 5 || number == 10
                            ? TENSOR
                            : number == 6 || number == 11
                                    ? GRAPH
                                    : number == 22 || number == 23 ? SPARSE_TENSOR : OTHER;
                case SPARSE_TENSOR -> number == 1 || number == 2 ? TENSOR : OTHER;
                case TENSOR -> number == 13 ? ENTRY : OTHER;
                case ENTRY, OTHER -> OTHER;
            };
        }
    }

    /**
     * The files that a graph refers to, as the graph names them.
     *
     * @throws IllegalArgumentException when the bytes are not a protocol buffer
     */
    static Set<String> files(byte[] graph) {
        Set<String> files = new TreeSet<>();
        walk(Message.MODEL, ByteBuffer.wrap(graph), files, 0);
        return files;
    }

    private static void walk(Message message, ByteBuffer buffer, Set<String> files, int depth) {
        if (depth > MAX_DEPTH) {
            throw new IllegalArgumentException("messages nest deeper than " + MAX_DEPTH);
        }
        String key = "";
        String value = "";
        while (buffer.hasRemaining()) {
            long tag = varint(buffer);
            int number = (int) (tag >>> 3);
            if ((tag & 7) != LENGTH_DELIMITED) {
                skip(buffer, (int) (tag & 7));
                continue;
            }
            long length = varint(buffer);
            if (length < 0 || length > buffer.remaining()) {
                throw new IllegalArgumentException(
                        "a field of " + length + " bytes where " + buffer.remaining() + " are left");
            }
            ByteBuffer content = buffer.slice(buffer.position(), (int) length);
            buffer.position(buffer.position() + (int) length);
            if (message == Message.ENTRY) {
                String text = StandardCharsets.UTF_8.decode(content).toString();
                key = number == 1 ? text : key;
                value = number == 2 ? text : value;
            } else if (message.field(number) != Message.OTHER) {
                walk(message.field(number), content, files, depth + 1);
            }
        }
        if (key.equals("location")) {
            files.add(value);
        }
    }

    private static void skip(ByteBuffer buffer, int wireType) {
        int bytes = switch (wireType) {
            case 0 -> 0;
            case 1 -> Long.BYTES;
            case 5 -> Integer.BYTES;
            default -> throw new IllegalArgumentException("wire type " + wireType);
        };
        if (wireType == 0) {
            varint(buffer);
        } else if (bytes > buffer.remaining()) {
            throw new IllegalArgumentException("cut short");
        } else {
            buffer.position(buffer.position() + bytes);
        }
    }

    private static long varint(ByteBuffer buffer) {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            if (!buffer.hasRemaining()) {
                throw new IllegalArgumentException("cut short");
            }
            byte next = buffer.get();
            value |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new IllegalArgumentException("a number longer than 64 bits");
    }
}
