// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import javax.sound.sampled.AudioFileFormat;
import javax.sound.sampled.AudioFormat;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacv.FFmpegFrameRecorder;
import org.bytedeco.javacv.Frame;
import org.bytedeco.javacv.Java2DFrameConverter;

/** Media made here, in every format that is read. */
public final class SampleMedia {

    private SampleMedia() {}

    /** A picture with a red left and a blue right half. */
    public static BufferedImage halves(int width, int height, int type) {
        BufferedImage picture = new BufferedImage(width, height, type);
        Graphics2D graphics = picture.createGraphics();
        graphics.setColor(Color.RED);
        graphics.fillRect(0, 0, width / 2, height);
        graphics.setColor(Color.BLUE);
        graphics.fillRect(width / 2, 0, width - width / 2, height);
        graphics.dispose();
        return picture;
    }

    public static byte[] picture(String format, int width, int height) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageIO.write(halves(width, height, BufferedImage.TYPE_INT_RGB), format, bytes);
        return bytes.toByteArray();
    }

    /**
     * A picture as a file of one of Java's writers.
     *
     * @param progressive progressive, or interlaced
     * @param quality of a JPEG, from 0 to 1; null for the writer's own
     */
    public static byte[] written(String format, BufferedImage picture, boolean progressive, Float quality)
            throws IOException {
        ImageWriter writer = ImageIO.getImageWriters(ImageTypeSpecifier.createFromRenderedImage(picture), format)
                .next();
        ImageWriteParam parameters = writer.getDefaultWriteParam();
        if (progressive) {
            parameters.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
        }
        if (quality != null) {
            parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            parameters.setCompressionQuality(quality);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
            writer.setOutput(out);
            writer.write(null, new IIOImage(picture, null, null), parameters);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }

    /**
     * A picture as WebP, encoded by FFmpeg.
     *
     * @param lossless as VP8L; else as VP8
     */
    public static byte[] webp(BufferedImage picture, boolean lossless) throws Exception {
        Path file = Files.createTempFile("picture", ".webp");
        try (FFmpegFrameRecorder recorder =
                        new FFmpegFrameRecorder(file.toFile(), picture.getWidth(), picture.getHeight());
                Java2DFrameConverter converter = new Java2DFrameConverter()) {
            recorder.setFormat("webp");
            recorder.setVideoCodec(avcodec.AV_CODEC_ID_WEBP);
            recorder.setPixelFormat(lossless ? avutil.AV_PIX_FMT_BGRA : avutil.AV_PIX_FMT_YUV420P);
            if (lossless) {
                recorder.setVideoOption("lossless", "1");
            }
            recorder.start();
            recorder.record(converter.convert(picture));
            recorder.stop();
        }
        byte[] bytes = Files.readAllBytes(file);
        Files.delete(file);
        return bytes;
    }

    /** A tone of 440 Hz as a WAV. */
    public static byte[] wav(int rate, int channels, double seconds) throws IOException {
        short[] tone = tone(rate, seconds);
        ByteBuffer pcm = ByteBuffer.allocate(tone.length * channels * 2);
        for (short sample : tone) {
            for (int channel = 0; channel < channels; channel++) {
                pcm.putShort(sample);
            }
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        AudioSystem.write(
                new AudioInputStream(
                        new ByteArrayInputStream(pcm.array()),
                        new AudioFormat(rate, 16, channels, true, true),
                        tone.length),
                AudioFileFormat.Type.WAVE,
                bytes);
        return bytes.toByteArray();
    }

    /**
     * A tone of 440 Hz, encoded by FFmpeg.
     *
     * @param format wav, flac, mp3, ogg (Vorbis), opus or oga (FLAC), the last two in Ogg as well
     */
    public static byte[] sound(String format, int rate, int channels, double seconds) throws Exception {
        java.nio.file.Path file = java.nio.file.Files.createTempFile("tone", "." + format);
        try (FFmpegFrameRecorder recorder = new FFmpegFrameRecorder(file.toFile(), channels)) {
            recorder.setFormat(format);
            recorder.setAudioCodec(
                    switch (format) {
                        case "opus" -> avcodec.AV_CODEC_ID_OPUS;
                        case "flac", "oga" -> avcodec.AV_CODEC_ID_FLAC;
                        case "mp3" -> avcodec.AV_CODEC_ID_MP3;
                        case "ogg" -> avcodec.AV_CODEC_ID_VORBIS;
                        default -> avcodec.AV_CODEC_ID_PCM_S16LE;
                    });
            recorder.setSampleRate(rate);
            recorder.setAudioChannels(channels);
            recorder.start();
            short[] tone = tone(rate, seconds);
            java.nio.ShortBuffer samples = java.nio.ShortBuffer.allocate(tone.length * channels);
            for (short sample : tone) {
                for (int channel = 0; channel < channels; channel++) {
                    samples.put(sample);
                }
            }
            Frame frame = new Frame();
            frame.sampleRate = rate;
            frame.audioChannels = channels;
            frame.samples = new java.nio.Buffer[] {samples.flip()};
            recorder.recordSamples(rate, channels, frame.samples);
            recorder.stop();
        }
        byte[] bytes = java.nio.file.Files.readAllBytes(file);
        java.nio.file.Files.delete(file);
        return bytes;
    }

    private static short[] tone(int rate, double seconds) {
        short[] tone = new short[(int) (rate * seconds)];
        for (int i = 0; i < tone.length; i++) {
            tone[i] = (short) (8000 * Math.sin(2 * Math.PI * 440 * i / rate));
        }
        return tone;
    }
}
