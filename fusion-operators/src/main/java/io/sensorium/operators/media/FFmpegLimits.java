// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avformat;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.ffmpeg.global.swscale;
import org.bytedeco.javacpp.Loader;

/** FFmpeg's settings for a decoder process. */
final class FFmpegLimits {

    /** Most bytes that it takes at once: enough for a picture of 64 million pixels. */
    private static final long MAX_BYTES = 256L << 20;

    private FFmpegLimits() {}

    /** Loads the libraries that are used, and sets them up. */
    static void load() {
        Loader.load(avformat.class);
        Loader.load(avcodec.class);
        Loader.load(swscale.class);
        avutil.av_log_set_level(avutil.AV_LOG_QUIET);
        avutil.av_max_alloc(MAX_BYTES);
    }
}
