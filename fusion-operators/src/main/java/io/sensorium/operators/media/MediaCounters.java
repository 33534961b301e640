// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import java.util.concurrent.atomic.LongAdder;

/** What decoding met since the process started, over all decoders of this class loader. Safe for several threads. */
public final class MediaCounters {

    private static final LongAdder OGG_WITHOUT_END = new LongAdder();
    private static final LongAdder DECODER_STARTS = new LongAdder();
    private static final LongAdder DECODER_DEATHS = new LongAdder();
    private static final LongAdder DECODER_TIMEOUTS = new LongAdder();

    private MediaCounters() {}

    static void countOggWithoutEnd() {
        OGG_WITHOUT_END.increment();
    }

    static void countDecoderStart() {
        DECODER_STARTS.increment();
    }

    static void countDecoderDeath() {
        DECODER_DEATHS.increment();
    }

    static void countDecoderTimeout() {
        DECODER_TIMEOUTS.increment();
    }

    /** Ogg files whose last page was whole but did not end the stream. */
    public static long oggWithoutEnd() {
        return OGG_WITHOUT_END.sum();
    }

    /** Decoder processes started. */
    public static long decoderStarts() {
        return DECODER_STARTS.sum();
    }

    /** Decoder processes that ended while they decoded, by a crash, for want of memory, or killed by others. */
    public static long decoderDeaths() {
        return DECODER_DEATHS.sum();
    }

    /** Decoder processes that were killed because a file took longer than {@code media.max_decode}. */
    public static long decoderTimeouts() {
        return DECODER_TIMEOUTS.sum();
    }
}
