// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import io.sensorium.operators.media.AudioFile.Container;
import io.sensorium.operators.media.MediaException.Problem;
import java.util.List;

/**
 * Decodes WAV here, FLAC, MP3 and Ogg (Vorbis, Opus, FLAC) by FFmpeg in a process of its own, of any sample rate from 2
 * to 768 kHz and up to 32 channels, to 16 kHz mono. Rate and channels may change within a file. Safe for several
 * threads.
 */
public final class AudioDecoder {

    /** Samples a second of what {@link #decode} returns, in Hz. */
    public static final int SAMPLE_RATE = 16_000;

    /** How much shorter than declared a sound may come out: encoders pad. */
    private static final double TOLERATED_SHORTFALL_SECONDS = 0.12;

    private final MediaLimits limits;

    /** @param limits of the files, and of the time that decoding one of them may take */
    public AudioDecoder(MediaLimits limits) {
        this.limits = limits;
    }

    /**
     * Decodes a sound.
     *
     * @return samples at 16 kHz, mono, 16 bit; at least one
     * @throws MediaException when the bytes are empty, corrupt, cut short, too long or of another format, whatever they
     *     are
     * @throws IllegalStateException when no decoder process can be started
     */
    public short[] decode(byte[] bytes) throws MediaException {
        limits.checkSize(bytes, "audio");
        AudioFile file = AudioFile.of(bytes);
        String format = file.container().title();
        if (file.container() == Container.WAV) {
            return DecodingGuard.run(
                    format, bytes.length, () -> WavFile.decode(bytes, limits, new DecodeDeadline(limits, format)));
        }
        SoundRequest request = DecodingGuard.run(format, bytes.length, () -> request(file));
        SoundRequest.Sound sound = DecoderPool.of(limits).decode(request);
        short[] samples = sound.samples();
        double seconds = (double) samples.length / SAMPLE_RATE;
        if (seconds < request.declaredSeconds() - TOLERATED_SHORTFALL_SECONDS
                || samples.length == 0 && sound.packets() > 0) {
            throw new MediaException(
                    Problem.CORRUPT,
                    String.format(
                            "the %s of %d bytes is cut short or damaged: %.2f s of %.2f s could be decoded",
                            format, bytes.length, seconds, request.declaredSeconds()));
        }
        if (samples.length == 0) {
            throw new MediaException(
                    Problem.EMPTY, "the " + format + " of " + bytes.length + " bytes holds no samples");
        }
        return samples;
    }

    /**
     * Starts a decoder process ahead of the first compressed sound.
     *
     * @throws IllegalStateException when none can be started
     */
    public void warmUp() {
        DecoderPool.of(limits).warmUp();
    }

    /** What is to be decoded, after all checks that need no decoder. */
    private SoundRequest request(AudioFile file) throws MediaException {
        List<byte[]> links;
        double declared = 0;
        switch (file.container()) {
            case FLAC -> {
                links = FlacFile.links(file.bytes());
                declared = links.stream().mapToDouble(FlacFile::declaredSeconds).sum();
            }
            case MP3 -> {
                Mp3File mp3 = Mp3File.of(file.bytes());
                links = List.of(mp3.bytes());
                declared = mp3.declaredSeconds();
            }
            default -> links = oggLinks(file);
        }
        if (declared * 1000 > limits.maxAudio().toMillis()) {
            throw MonoSamples.tooLong(limits, String.format("declares %.1f s", declared));
        }
        return new SoundRequest(file.container(), links, declared);
    }

    /** Files that were joined end to end. */
    private static List<byte[]> oggLinks(AudioFile file) throws MediaException {
        OggFile ogg = OggFile.of(file.bytes());
        if (!ogg.ended()) {
            MediaCounters.countOggWithoutEnd();
        }
        return ogg.links();
    }
}
