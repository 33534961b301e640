// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import io.sensorium.operators.media.MediaException.Problem;
import java.util.Locale;
import java.util.concurrent.Callable;

/**
 * The one place where a decoder's failures become the record's: whatever decoding one record throws comes out as a
 * {@link MediaException}, so that the record ends as a dead letter and the task continues.
 */
final class DecodingGuard {

    private DecodingGuard() {}

    /**
     * Runs a decoder.
     *
     * @param format of the content, for the message
     * @param length of the content in bytes, for the message
     * @throws MediaException the decoder's own, or CORRUPT, or UNSUPPORTED where a library that the format needs cannot
     *     be loaded
     */
    static <T> T run(String format, int length, Callable<T> decoder) throws MediaException {
        try {
            return decoder.call();
        } catch (MediaException e) {
            throw e;
        } catch (LinkageError e) {
            throw new MediaException(
                    Problem.UNSUPPORTED,
                    "this machine cannot decode " + format.toUpperCase(Locale.ROOT)
                            + ": its native library does not load (" + e
                            + "); use a platform that the release supports, or send another format",
                    e);
        } catch (OutOfMemoryError e) {
            throw new MediaException(
                    Problem.CORRUPT,
                    "the " + format + " of " + length
                            + " bytes cannot be decoded: it asks for more memory than the process has left",
                    e);
        } catch (StackOverflowError e) {
            throw new MediaException(
                    Problem.CORRUPT,
                    "the " + format + " of " + length + " bytes cannot be decoded: its structure is nested too deeply",
                    e);
        } catch (Throwable e) {
            throw new MediaException(
                    Problem.CORRUPT,
                    "the " + format + " of " + length + " bytes cannot be decoded: "
                            + (e.getMessage() == null ? e : e.getMessage()),
                    e);
        }
    }
}
