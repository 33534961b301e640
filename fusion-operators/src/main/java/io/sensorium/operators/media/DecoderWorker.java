// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import io.sensorium.operators.media.MediaException.Problem;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The main class of a decoder process: the only one that loads FFmpeg. It takes requests on standard input and answers
 * on standard output, one at a time, and ends when its input does, even while it decodes. Arguments: the media limits'
 * bytes, pixels, audio in ms and decoding time in ms.
 */
final class DecoderWorker {

    private final MediaLimits limits;
    private final DataInputStream in = new DataInputStream(new BufferedInputStream(System.in, 1 << 16));
    private final DataOutputStream out =
            new DataOutputStream(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16));

    private DecoderWorker(MediaLimits limits) {
        this.limits = limits;
    }

    public static void main(String[] arguments) throws IOException {
        // Whatever else is printed must not get between the answers.
        System.setOut(System.err);
        new DecoderWorker(new MediaLimits(
                        Long.parseLong(arguments[0]),
                        Long.parseLong(arguments[1]),
                        Duration.ofMillis(Long.parseLong(arguments[2])),
                        Duration.ofMillis(Long.parseLong(arguments[3]))))
                .serve();
    }

    private void serve() throws IOException {
        FFmpegLimits.load();
        out.writeByte(DecoderRequest.READY);
        out.flush();
        // Decoding has a thread of its own: this one notices meanwhile that nobody waits for the answer any more.
        ExecutorService decoding = Executors.newSingleThreadExecutor();
        try {
            while (true) {
                DecoderRequest<?> request = DecoderRequest.read(in);
                decoding.execute(() -> answer(request));
            }
        } catch (EOFException e) {
            Runtime.getRuntime().halt(0);
        }
    }

    private <T> void answer(DecoderRequest<T> request) {
        try {
            T result;
            try {
                result = request.decode(limits);
            } catch (MediaException e) {
                refuse(e.problem(), e.getMessage());
                return;
            } catch (RuntimeException | StackOverflowError e) {
                refuse(Problem.CORRUPT, "it cannot be decoded: " + e);
                return;
            }
            out.writeByte(DecoderRequest.DECODED);
            request.writeResult(result, out);
            out.flush();
        } catch (IOException e) {
            Runtime.getRuntime().halt(1);
        }
    }

    private void refuse(Problem problem, String message) throws IOException {
        out.writeByte(DecoderRequest.REFUSED);
        out.writeByte(problem.ordinal());
        out.writeUTF(message.length() > 10_000 ? message.substring(0, 10_000) : message);
        out.flush();
    }
}
