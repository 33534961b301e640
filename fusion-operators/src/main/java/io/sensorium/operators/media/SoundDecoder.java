package io.sensorium.operators.media;

import io.sensorium.operators.media.AudioFile.Container;
import io.sensorium.operators.media.MediaException.Problem;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Decodes WAV here, FLAC, MP3 and Ogg (Vorbis, Opus, FLAC) by FFmpeg in a process of its own, of any sample rate from 2 to 768 kHz and up to 32 channels, to 16 kHz mono. Rate and channels may
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
     * @throws IllegalStateException when no decoder process can be started
     */
    public short[] decode(byte[] bytes) throws MediaException {
        limits.checkSize(bytes, "audio");
        AudioFile file = AudioFile.of(bytes);
        String format = file.container().title();
        if (file.container() == Container.WAV) {
            return DecodingGuard.run(format, bytes.length, () -> WavFile.decode(bytes, limits, new DecodeDeadline(limits, format)));
        }
        SoundRequest request = DecodingGuard.run(format, bytes.length, () -> request(file));
        SoundRequest.Sound sound = DecoderPool.of(limits).decode(request);
        short[] samples = sound.samples();
        double seconds = (double) samples.length / SAMPLE_RATE;
        if (seconds < request.declaredSeconds() - TOLERATED_SHORTFALL_SECONDS || samples.length == 0 && sound.packets() > 0) {
            throw new MediaException(Problem.CORRUPT, String.format("the %s of %d bytes is cut short or damaged: %.2f s of %.2f s could be decoded",
                    format, bytes.length, seconds, request.declaredSeconds()));
        }
        if (samples.length == 0) {
            throw new MediaException(Problem.EMPTY, "the " + format + " of " + bytes.length + " bytes holds no samples");
        }
        return samples;
    }

    /** Starts a decoder process ahead of the first compressed sound. @throws IllegalStateException when none can be started */
    public void warmUp() {
        DecoderPool.of(limits).warmUp();
    }

    /** What is to be decoded, after all checks that need no decoder. */
    private SoundRequest request(AudioFile file) throws MediaException {
        List<byte[]> links = links(file);
        double declared = switch (file.container()) {
            case FLAC -> links.stream().mapToDouble(FlacFile::declaredSeconds).sum();
            case MP3 -> declaredMp3Seconds(file.bytes());
            default -> 0;
        };
        if (declared * 1000 > limits.maxAudio().toMillis()) {
            throw MonoSamples.tooLong(limits, String.format("declares %.1f s", declared));
        }
        return new SoundRequest(file.container(), links, declared);
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
                        long samples = (ByteBuffer.wrap(b).getInt(i + 8) & 0xffffffffL) * samplesPerFrame;
                        return Math.max(0, samples - skippedMp3Samples(b, i)) / rate;
                    }
                }
            }
        }
        return 0;
    }

    /** The encoder's delay and padding, which the decoder leaves out: 12 bits each, in the tag of LAME and of FFmpeg behind the Xing header. At 8 kHz they take a quarter of a second. */
    private static long skippedMp3Samples(byte[] b, int xing) {
        int flags = b[xing + 7];
        int at = xing + 8 + (flags & 1) * 4 + (flags >> 1 & 1) * 4 + (flags >> 2 & 1) * 100 + (flags >> 3 & 1) * 4;
        if (!PictureDecoder.starts(b, at, 'L', 'A', 'M', 'E') && !PictureDecoder.starts(b, at, 'L', 'a', 'v', 'c') && !PictureDecoder.starts(b, at, 'L', 'a', 'v', 'f') || at + 24 > b.length) {
            return 0;
        }
        return ((b[at + 21] & 0xff) << 4 | (b[at + 22] & 0xff) >> 4) + ((b[at + 22] & 0x0f) << 8 | b[at + 23] & 0xff);
    }
}
