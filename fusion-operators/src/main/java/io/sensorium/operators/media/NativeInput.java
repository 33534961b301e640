// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.bytedeco.ffmpeg.avformat.AVIOContext;
import org.bytedeco.ffmpeg.avformat.Read_packet_Pointer_BytePointer_int;
import org.bytedeco.ffmpeg.avformat.Seek_Pointer_long_int;
import org.bytedeco.ffmpeg.avformat.Write_packet_Pointer_BytePointer_int;
import org.bytedeco.ffmpeg.global.avformat;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/**
 * Bytes that FFmpeg reads as a file, until their time is over. For one thread; {@link #close} frees what FFmpeg
 * allocated for it.
 */
final class NativeInput implements AutoCloseable {

    private static final int BUFFER = 16 << 10;
    private static final int SEEK_SET = 0;
    private static final int SEEK_CUR = 1;
    private static final int SEEK_END = 2;

    /**
     * JavaCPP has few native entry points for callbacks: two serve all inputs, found by the address that FFmpeg passes.
     */
    private static final Map<Long, NativeInput> OPEN = new ConcurrentHashMap<>();

    private static final AtomicLong IDS = new AtomicLong();
    private static final Read READ = new Read();
    private static final Seek SEEK = new Seek();

    private final long id = IDS.incrementAndGet();
    private final byte[] bytes;
    private final DecodeDeadline deadline;
    private final AVIOContext context;
    private int position;

    NativeInput(byte[] bytes, DecodeDeadline deadline) {
        this.bytes = bytes;
        this.deadline = deadline;
        OPEN.put(id, this);
        context = avformat.avio_alloc_context(
                new BytePointer(avutil.av_malloc(BUFFER)),
                BUFFER,
                0,
                new Handle(id),
                READ,
                (Write_packet_Pointer_BytePointer_int) null,
                SEEK);
    }

    AVIOContext context() {
        return context;
    }

    @Override
    public void close() {
        OPEN.remove(id);
        avutil.av_free(context.buffer());
        avformat.avio_context_free(context);
    }

    private int read(BytePointer into, int length) {
        if (deadline.over() || position >= bytes.length) {
            return avutil.AVERROR_EOF();
        }
        int count = Math.min(length, bytes.length - position);
        into.put(bytes, position, count);
        position += count;
        return count;
    }

    private long seek(long offset, int whence) {
        int mode = whence & ~avformat.AVSEEK_FORCE;
        if (mode == avformat.AVSEEK_SIZE) {
            return bytes.length;
        }
        long target = switch (mode) {
            case SEEK_SET -> offset;
            case SEEK_CUR -> position + offset;
            case SEEK_END -> bytes.length + offset;
            default -> -1;
        };
        if (target < 0 || target > bytes.length) {
            return -1;
        }
        position = (int) target;
        return target;
    }

    /** A number where FFmpeg expects an address; it only hands it back. */
    private static final class Handle extends Pointer {
        Handle(long id) {
            address = id;
        }
    }

    private static final class Read extends Read_packet_Pointer_BytePointer_int {
        @Override
        public int call(Pointer opaque, BytePointer into, int length) {
            NativeInput input = OPEN.get(opaque.address());
            return input == null ? avutil.AVERROR_EOF() : input.read(into, length);
        }
    }

    private static final class Seek extends Seek_Pointer_long_int {
        @Override
        public long call(Pointer opaque, long offset, int whence) {
            NativeInput input = OPEN.get(opaque.address());
            return input == null ? -1 : input.seek(offset, whence);
        }
    }
}
