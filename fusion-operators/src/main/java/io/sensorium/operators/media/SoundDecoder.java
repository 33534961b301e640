package io.sensorium.operators.media;

import io.sensorium.operators.media.MediaException.Problem;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ShortBuffer;
import java.util.Arrays;
import org.bytedeco.javacv.FFmpegFrameGrabber;
import org.bytedeco.javacv.Frame;
import org.bytedeco.javacv.FrameGrabber;

/**
 * Decodes WAV, FLAC, MP3 and Ogg Vorbis of any sample rate and channel count through FFmpeg, to 16 kHz mono. Safe for
 * several threads.
 */
public final class SoundDecoder {

    /** Samples a second of what {@link #decode} returns, in Hz. */
    public static final int SAMPLE_RATE = 16_000;

    private static final int LEAST_RATE = 2_000;
    private static final int MOST_RATE = 768_000;
    private static final int MOST_CHANNELS = 32;

    /** How much shorter than declared a sound may come out: codecs pad and resamplers hold back a little. */
    private static final double TOLERATED_SHORTFALL_SECONDS = 0.12;

    static {
        FFmpegLimits.set();
    }

    private final MediaLimits limits;

    public SoundDecoder(MediaLimits limits) {
        this.limits = limits;
    }

    /**
     * Decodes a sound.
     *
     * @return samples at 16 kHz, mono, 16 bit
     * @throws MediaException when the bytes are empty, corrupt, cut short, too long or of another format
     */
    public short[] decode(byte[] bytes) throws MediaException {
        limits.checkSize(bytes, "audio");
        String format = format(bytes);
        if (format == null) {
            throw new MediaException(Problem.UNSUPPORTED, "the payload is no WAV, FLAC, MP3 or Ogg by its first bytes");
        }
        if (format.equals("ogg") && !endsOggStream(bytes)) {
            throw new MediaException(Problem.CORRUPT, "the ogg of " + bytes.length + " bytes is cut short: its last page does not end the stream");
        }
        double declared = declaredSeconds(bytes, format);
        long most = limits.maxAudio().toMillis() * SAMPLE_RATE / 1000;
        if (declared * SAMPLE_RATE > most) {
            throw tooLong(String.format("declares %.1f s", declared));
        }
        short[] samples = new short[(int) Math.min(most, Math.max(SAMPLE_RATE, (long) (declared * SAMPLE_RATE) + SAMPLE_RATE))];
        int count = 0;
        TimedBytes timed = new TimedBytes(bytes, limits.maxDecode());
        try (FFmpegFrameGrabber grabber = new FFmpegFrameGrabber(timed)) {
            grabber.setFormat(format);
            if (format.equals("wav")) {
                // FFmpeg looks through so many bytes for other codecs that hide in WAV: its default of 5 MB takes ten times the decoding.
                grabber.setOption("probesize", "4096");
            }
            grabber.start();
            if (grabber.getAudioCodec() == 0) {
                throw new MediaException(Problem.UNSUPPORTED, "the " + format + " holds no sound that can be decoded");
            }
            // One packet at a few Hz becomes minutes at 16 kHz, all in one piece.
            int rate = grabber.getSampleRate();
            int channels = grabber.getAudioChannels();
            if (rate < LEAST_RATE || rate > MOST_RATE || channels > MOST_CHANNELS) {
                throw new MediaException(Problem.UNSUPPORTED, "the " + format + " has " + channels + " channels at " + rate + " Hz, expected up to " + MOST_CHANNELS + " at " + LEAST_RATE + " to " + MOST_RATE + " Hz");
            }
            grabber.setSampleRate(SAMPLE_RATE);
            grabber.setAudioChannels(1);
            grabber.setSampleMode(FrameGrabber.SampleMode.SHORT);
            for (Frame frame = grabber.grabSamples(); frame != null; frame = grabber.grabSamples()) {
                if (timed.over()) {
                    throw limits.tookTooLong(format);
                }
                ShortBuffer part = (ShortBuffer) frame.samples[0];
                if (count + part.remaining() > most) {
                    throw tooLong("is longer");
                }
                if (count + part.remaining() > samples.length) {
                    samples = Arrays.copyOf(samples, (int) Math.min(most, Math.max(samples.length * 2L, count + part.remaining())));
                }
                int length = part.remaining();
                part.get(samples, count, length);
                count += length;
            }
        } catch (FrameGrabber.Exception e) {
            if (timed.over()) {
                throw limits.tookTooLong(format);
            }
            throw new MediaException(Problem.CORRUPT, "the " + format + " of " + bytes.length + " bytes cannot be decoded: " + e.getMessage(), e);
        }
        double seconds = (double) count / SAMPLE_RATE;
        if (count == 0 || seconds < declared - TOLERATED_SHORTFALL_SECONDS) {
            throw new MediaException(Problem.CORRUPT, String.format("the %s of %d bytes is cut short or damaged: %.2f s of %.2f s could be decoded",
                    format, bytes.length, seconds, declared));
        }
        return Arrays.copyOf(samples, count);
    }

    private MediaException tooLong(String how) {
        return new MediaException(Problem.TOO_LARGE, "the sound " + how + ", more than the limit of " + limits.maxAudio().toSeconds()
                + " s; send shorter pieces or raise media.max_audio");
    }

    /** FFmpeg's name of the container by its magic bytes, or null. Naming it keeps FFmpeg from guessing others. */
    static String format(byte[] b) {
        if (PictureDecoder.starts(b, 0, 'R', 'I', 'F', 'F') && PictureDecoder.starts(b, 8, 'W', 'A', 'V', 'E')) {
            return "wav";
        }
        if (PictureDecoder.starts(b, 0, 'f', 'L', 'a', 'C')) {
            return "flac";
        }
        if (PictureDecoder.starts(b, 0, 'O', 'g', 'g', 'S')) {
            return "ogg";
        }
        boolean sync = b.length > 2 && (b[0] & 0xff) == 0xff && (b[1] & 0xe0) == 0xe0;
        return PictureDecoder.starts(b, 0, 'I', 'D', '3') || sync ? "mp3" : null;
    }

    /** The length that the container's header declares, in seconds; 0 where it declares none. */
    private static double declaredSeconds(byte[] bytes, String format) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        if (format.equals("flac") && bytes.length >= 42) {
            // STREAMINFO: 20 bits of sample rate, 3 of channels, 5 of depth, 36 of total samples.
            long packed = buffer.getLong(18);
            long rate = packed >>> 44;
            long total = packed & 0xfffffffffL;
            return rate == 0 ? 0 : (double) total / rate;
        }
        if (format.equals("wav")) {
            buffer.order(ByteOrder.LITTLE_ENDIAN);
            long byteRate = 0;
            for (long at = 12; at + 8 <= bytes.length; ) {
                long size = buffer.getInt((int) at + 4) & 0xffffffffL;
                if (PictureDecoder.starts(bytes, (int) at, 'f', 'm', 't', ' ') && at + 20 <= bytes.length) {
                    byteRate = buffer.getInt((int) at + 16) & 0xffffffffL;
                } else if (PictureDecoder.starts(bytes, (int) at, 'd', 'a', 't', 'a')) {
                    // Streamed files state 0 or the largest number: no length at all.
                    return byteRate == 0 || size >= 0xffffff00L ? 0 : (double) size / byteRate;
                }
                at += 8 + size + (size & 1);
            }
        }
        return format.equals("mp3") ? declaredMp3Seconds(bytes) : 0;
    }

    /** From the Xing or Info header that encoders write into the first frame; constant-rate files without one declare nothing. */
    private static double declaredMp3Seconds(byte[] b) {
        for (int i = 0; i + 12 < Math.min(b.length, 8192); i++) {
            boolean tag = PictureDecoder.starts(b, i, 'X', 'i', 'n', 'g') || PictureDecoder.starts(b, i, 'I', 'n', 'f', 'o');
            if (!tag || (b[i + 7] & 1) == 0) {
                continue;
            }
            for (int start = Math.max(0, i - 36); start <= i - 13; start++) {
                if ((b[start] & 0xff) == 0xff && (b[start + 1] & 0xe6) == 0xe2) {
                    int version = b[start + 1] >> 3 & 3;
                    int[] rates = {44_100, 48_000, 32_000};
                    int index = b[start + 2] >> 2 & 3;
                    if (version != 1 && index != 3) {
                        double rate = rates[index] / (version == 3 ? 1.0 : version == 2 ? 2.0 : 4.0);
                        int samplesPerFrame = version == 3 ? 1152 : 576;
                        return (ByteBuffer.wrap(b).getInt(i + 8) & 0xffffffffL) * samplesPerFrame / rate;
                    }
                }
            }
        }
        return 0;
    }

    private static boolean endsOggStream(byte[] b) {
        for (int i = b.length - 27; i >= 0; i--) {
            if (PictureDecoder.starts(b, i, 'O', 'g', 'g', 'S')) {
                int segments = b[i + 26] & 0xff;
                if (i + 27 + segments > b.length) {
                    return false;
                }
                int length = 27 + segments;
                for (int s = 0; s < segments; s++) {
                    length += b[i + 27 + s] & 0xff;
                }
                return (b[i + 5] & 4) != 0 && i + length <= b.length;
            }
        }
        return false;
    }
}
