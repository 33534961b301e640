// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import io.sensorium.operators.media.AudioFile.Container;
import io.sensorium.operators.media.MediaException.Problem;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVCodecParameters;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avutil.AVChannelLayout;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avformat;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerPointer;

/**
 * Decodes FLAC, MP3 and Ogg with FFmpeg's demultiplexers and decoders, and nothing else of it: each frame's rate,
 * channels, format and length are checked here, as they may change from frame to frame, and mixing and resampling are
 * done in Java. Safe for several threads.
 */
final class FFmpegAudio {

    /** The decoders that are used; FFmpeg would choose among some two hundred by what a file claims. */
    private static final String CODECS = "flac,mp3float,vorbis,opus";
    /** Most samples of a frame: FLAC's are the longest with 65,535. */
    private static final int MAX_FRAME = 1 << 16;
    /** Channels of FLAC, the most of the four formats' frames that are as long as that. */
    private static final int MAX_FRAME_CHANNELS = 8;

    private final Container container;
    private final int length;
    private final MonoSamples samples;
    private final DecodeDeadline deadline;
    private final MediaLimits limits;
    private final AVPacket packet = avcodec.av_packet_alloc();
    private final AVFrame frame = avutil.av_frame_alloc();
    private float[] mono = new float[4096];
    private long packets;

    private FFmpegAudio(
            Container container, int length, MonoSamples samples, MediaLimits limits, DecodeDeadline deadline) {
        this.container = container;
        this.length = length;
        this.samples = samples;
        this.limits = limits;
        this.deadline = deadline;
    }

    /**
     * Adds a file's sound to the samples.
     *
     * @return packets of sound in the file
     * @throws MediaException when it cannot be decoded, holds another codec, or takes too long
     */
    static long decode(
            Container container, byte[] bytes, MonoSamples samples, MediaLimits limits, DecodeDeadline deadline)
            throws MediaException {
        FFmpegAudio audio = new FFmpegAudio(container, bytes.length, samples, limits, deadline);
        try (NativeInput input = new NativeInput(bytes, deadline)) {
            audio.demultiplex(input);
        } finally {
            avcodec.av_packet_free(audio.packet);
            avutil.av_frame_free(audio.frame);
        }
        return audio.packets;
    }

    private void demultiplex(NativeInput input) throws MediaException {
        AVFormatContext format = avformat.avformat_alloc_context();
        AVDictionary options = new AVDictionary(null);
        avutil.av_dict_set(options, "format_whitelist", container.title(), 0);
        avutil.av_dict_set(options, "codec_whitelist", CODECS, 0);
        format.pb(input.context());
        try {
            // Frees the context where it fails.
            int opened = avformat.avformat_open_input(
                    format, (String) null, avformat.av_find_input_format(container.title()), options);
            if (opened < 0) {
                throw failed("its header", opened);
            }
            int found = avformat.avformat_find_stream_info(format, (PointerPointer<?>) null);
            if (found < 0) {
                throw failed("its header", found);
            }
            decode(format);
        } finally {
            avformat.avformat_close_input(format);
            avutil.av_dict_free(options);
        }
    }

    private void decode(AVFormatContext format) throws MediaException {
        int stream =
                avformat.av_find_best_stream(format, avutil.AVMEDIA_TYPE_AUDIO, -1, -1, (PointerPointer<?>) null, 0);
        if (stream < 0) {
            throw deadline.over()
                    ? limits.tookTooLong(container.title())
                    : new MediaException(
                            Problem.UNSUPPORTED,
                            "the " + container.title() + " of " + length + " bytes holds no sound of a known codec");
        }
        AVCodecParameters parameters = format.streams(stream).codecpar();
        AVCodec codec = codec(parameters.codec_id());
        AVCodecContext context = avcodec.avcodec_alloc_context3(codec);
        try {
            avcodec.avcodec_parameters_to_context(context, parameters);
            context.thread_count(1);
            // FFmpeg counts a frame's samples of all channels together.
            context.max_samples(MAX_FRAME * MAX_FRAME_CHANNELS);
            context.pkt_timebase(format.streams(stream).time_base());
            int opened = avcodec.avcodec_open2(context, codec, (PointerPointer<?>) null);
            if (opened < 0) {
                throw failed("its codec's header", opened);
            }
            while (avformat.av_read_frame(format, packet) >= 0) {
                if (packet.stream_index() == stream) {
                    packets++;
                    decode(context, packet);
                }
                avcodec.av_packet_unref(packet);
            }
            decode(context, null);
        } finally {
            avcodec.avcodec_free_context(context);
        }
        if (deadline.over()) {
            throw limits.tookTooLong(container.title());
        }
    }

    private AVCodec codec(int id) throws MediaException {
        String name = switch (id) {
            case avcodec.AV_CODEC_ID_FLAC -> "flac";
            case avcodec.AV_CODEC_ID_MP3 -> "mp3float";
            case avcodec.AV_CODEC_ID_VORBIS -> "vorbis";
            case avcodec.AV_CODEC_ID_OPUS -> "opus";
            default -> {
                BytePointer other = avcodec.avcodec_get_name(id);
                throw new MediaException(
                        Problem.UNSUPPORTED,
                        "the " + container.title() + " holds " + other.getString()
                                + ", expected FLAC, MP3, Vorbis or Opus");
            }
        };
        return avcodec.avcodec_find_decoder_by_name(name);
    }

    /** @param packet null at the end, for what the decoder holds back */
    private void decode(AVCodecContext context, AVPacket packet) throws MediaException {
        int sent = avcodec.avcodec_send_packet(context, packet);
        if (sent < 0 && sent != avutil.AVERROR_EOF()) {
            throw failed("packet " + packets, sent);
        }
        for (int frames = 1; ; frames++) {
            int received = avcodec.avcodec_receive_frame(context, frame);
            if (received == avutil.AVERROR_EAGAIN() || received == avutil.AVERROR_EOF()) {
                return;
            }
            if (received < 0) {
                throw failed("packet " + packets, received);
            }
            if (container == Container.FLAC && frames > 1) {
                // Sample bytes were taken for a frame's header: what follows would be other sound than was encoded.
                throw new MediaException(
                        Problem.CORRUPT,
                        "the flac of " + length + " bytes cannot be decoded: the end of frame " + packets
                                + " cannot be found; encode it with fewer samples in a frame");
            }
            add();
            avutil.av_frame_unref(frame);
        }
    }

    private void add() throws MediaException {
        AVChannelLayout layout = frame.ch_layout();
        int channels = layout.nb_channels();
        int count = frame.nb_samples();
        int sampleFormat = frame.format();
        int bytes = avutil.av_get_bytes_per_sample(sampleFormat);
        float[] weights = samples.format(
                frame.sample_rate(), channels, layout.order() == avutil.AV_CHANNEL_ORDER_NATIVE ? layout.u_mask() : 0);
        boolean planar = avutil.av_sample_fmt_is_planar(sampleFormat) == 1;
        if (count < 1
                || count > MAX_FRAME
                || bytes < 1
                || frame.linesize(0) < (planar ? 1 : channels) * count * bytes) {
            throw failed("a frame of " + count + " samples", 0);
        }
        if (mono.length < count) {
            mono = new float[count];
        }
        java.util.Arrays.fill(mono, 0, count, 0);
        for (int channel = 0; channel < channels; channel++) {
            long size = (long) count * bytes * (planar ? 1 : channels);
            ByteBuffer plane = new BytePointer(frame.extended_data(planar ? channel : 0))
                    .capacity(size)
                    .asByteBuffer()
                    .order(ByteOrder.nativeOrder());
            mix(
                    plane,
                    avutil.av_get_packed_sample_fmt(sampleFormat),
                    planar ? 0 : channel,
                    planar ? 1 : channels,
                    weights[channel],
                    count);
        }
        samples.add(mono, count);
    }

    private void mix(ByteBuffer plane, int packedFormat, int first, int step, float weight, int count)
            throws MediaException {
        switch (packedFormat) {
            case avutil.AV_SAMPLE_FMT_S16 -> {
                float scale = weight / 32768;
                for (int i = 0; i < count; i++) {
                    mono[i] += scale * plane.getShort(2 * (first + i * step));
                }
            }
            case avutil.AV_SAMPLE_FMT_S32 -> {
                float scale = weight / 0x1p31f;
                for (int i = 0; i < count; i++) {
                    mono[i] += scale * plane.getInt(4 * (first + i * step));
                }
            }
            case avutil.AV_SAMPLE_FMT_FLT -> {
                for (int i = 0; i < count; i++) {
                    mono[i] += weight * plane.getFloat(4 * (first + i * step));
                }
            }
            default -> throw failed("a frame of sample format " + packedFormat, 0);
        }
    }

    private MediaException failed(String what, int error) {
        if (deadline.over()) {
            return limits.tookTooLong(container.title());
        }
        byte[] text = new byte[avutil.AV_ERROR_MAX_STRING_SIZE];
        String why = error == 0 || avutil.av_strerror(error, text, text.length) < 0
                ? ""
                : ": " + new String(text, java.nio.charset.StandardCharsets.UTF_8).replace("\0", "");
        return new MediaException(
                Problem.CORRUPT,
                "the " + container.title() + " of " + length + " bytes cannot be decoded: " + what + " is damaged"
                        + why);
    }
}
