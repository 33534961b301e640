package io.sensorium.operators.media;

import io.sensorium.operators.natives.NativeCaches;
import org.bytedeco.ffmpeg.global.avutil;

/** What FFmpeg is told before it is used first. */
final class FFmpegLimits {

    /** Most bytes that it takes at once: enough for a picture of 64 million pixels. */
    private static final long MOST_BYTES = 256L << 20;

    static {
        NativeCaches.separate();
        avutil.av_log_set_level(avutil.AV_LOG_QUIET);
        avutil.av_max_alloc(MOST_BYTES);
    }

    private FFmpegLimits() {}

    /** Sees to it that it has been told. */
    static void set() {
        // The class's initialization has done it.
    }
}
