package io.sensorium.operators.media;

import io.sensorium.operators.media.AudioFile.Container;
import io.sensorium.operators.media.MediaException.Problem;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Decodes WAV in plain Java, FLAC, MP3 and Ogg (Vorbis, Opus, FLAC) through FFmpeg, of any sample rate from 2 to 768 kHz and up to 32 channels, to 16 kHz mono. Rate and channels may
 * change within a file. Safe for several threads.
 */
public final class SoundDecoder {

    /** Samples a second of what {@link #decode} returns, in Hz. */
    public static final int SAMPLE_RATE = 16_000;

    /** How much shorter than declared a sound may come out: encoders pad. */
    private static final double TOLERATED_SHORTFALL_SECONDS = 0.12;

    private final MediaLimits limits;

    /** @param limits of the files, and of the time that decoding one of them may take */
    public SoundDecoder(MediaLimits limits) {
        this.limits = limits;
    }

    /**
     * Decodes a sound.
     *
     * @return samples at 16 kHz, mono, 16 bit; at least one
     * @throws MediaException when the bytes are empty, corrupt, cut short, too long or of another format, whatever they are
     */
    public short[] decode(byte[] bytes) throws MediaException {
        limits.checkSize(bytes, "audio");
        try {
            AudioFile file = AudioFile.of(bytes);
            if (file.container() == Container.WAV) {
                return WavFile.decode(file.bytes(), limits, Deadline.after(limits.maxDecode()));
            }
            // Loading the libraries is no part of the record's time.
            FFmpegLimits.set();
            return decodeNative(file, Deadline.after(limits.maxDecode()));
        } catch (RuntimeException | OutOfMemoryError | StackOverflowError e) {
            throw new MediaException(Problem.CORRUPT, "the sound of " + bytes.length + " bytes cannot be decoded: " + e, e);
        }
    }

    private short[] decodeNative(AudioFile file, Deadline deadline) throws MediaException {
        Container container = file.container();
        List<byte[]> links = links(file);
        double declared = switch (container) {
            case FLAC -> links.stream().mapToDouble(FlacFile::declaredSeconds).sum();
            case MP3 -> declaredMp3Seconds(file.bytes());
            default -> 0;
        };
        MonoSamples samples = new MonoSamples(limits, container.title(), declared, deadline);
        long packets = 0;
        for (byte[] link : links) {
            packets += FFmpegAudio.decode(container, link, samples, limits, deadline);
        }
        short[] decoded = samples.finish();
        double seconds = (double) decoded.length / SAMPLE_RATE;
        if (seconds < declared - TOLERATED_SHORTFALL_SECONDS || decoded.length == 0 && packets > 0) {
            throw new MediaException(Problem.CORRUPT, String.format("the %s of %d bytes is cut short or damaged: %.2f s of %.2f s could be decoded",
                    container.title(), file.bytes().length, seconds, declared));
        }
        if (decoded.length == 0) {
            throw new MediaException(Problem.EMPTY, "the " + container.title() + " of " + file.bytes().length + " bytes holds no samples");
        }
        return decoded;
    }

    /** Files that were joined end to end. */
    private static List<byte[]> links(AudioFile file) throws MediaException {
        if (file.container() == Container.OGG) {
            OggFile ogg = OggFile.of(file.bytes());
            if (!ogg.ended()) {
                MediaCounters.countOggWithoutEnd();
            }
            return ogg.links();
        }
        return file.container() == Container.FLAC ? FlacFile.links(file.bytes()) : List.of(file.bytes());
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
}
