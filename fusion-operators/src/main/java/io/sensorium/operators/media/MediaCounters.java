package io.sensorium.operators.media;

import java.util.concurrent.atomic.LongAdder;

/** What decoding met since the process started, over all decoders of this class loader. Safe for several threads. */
public final class MediaCounters {

    private static final LongAdder OGG_WITHOUT_END = new LongAdder();

    private MediaCounters() {}

    static void countOggWithoutEnd() {
        OGG_WITHOUT_END.increment();
    }

    /** Ogg files whose last page was whole but did not end the stream. */
    public static long oggWithoutEnd() {
        return OGG_WITHOUT_END.sum();
    }
}
