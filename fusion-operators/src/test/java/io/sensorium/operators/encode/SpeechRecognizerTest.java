// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.encode;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.operators.encode.Outcome.Failed;
import io.sensorium.operators.encode.Outcome.Reason;
import io.sensorium.operators.encode.Outcome.Recognized;
import io.sensorium.operators.encode.Passage.Interval;
import io.sensorium.operators.media.AudioDecoder;
import io.sensorium.operators.media.MediaException;
import io.sensorium.operators.media.MediaLimits;
import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.pack.ModelCatalog;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import javax.sound.sampled.AudioFileFormat;
import javax.sound.sampled.AudioFormat;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The bundled recognizer on the sample stream's synthesized speech. */
class SpeechRecognizerTest {

    private static final Path SAMPLES =
            Path.of(System.getProperty("sensorium.root"), "quickstart/src/main/resources/sample");
    private static final int RATE = AudioDecoder.SAMPLE_RATE;

    private static Encoder recognizer;

    @BeforeAll
    static void open() {
        recognizer = Encoder.open(
                ModelCatalog.bundled().find("speech-moonshine-tiny-en").orElseThrow(),
                MediaLimits.DEFAULT,
                Device.parse("cpu"),
                1);
        recognizer.warmUp(true);
    }

    @AfterAll
    static void close() {
        recognizer.close();
    }

    private static Content sample(String name) throws IOException {
        return new Content.Media(Files.readAllBytes(SAMPLES.resolve(name)));
    }

    private static short[] samples(String name) throws IOException, MediaException {
        return new AudioDecoder(MediaLimits.DEFAULT).decode(Files.readAllBytes(SAMPLES.resolve(name)));
    }

    private static Content wav(short[]... parts) throws IOException {
        int length = 0;
        for (short[] part : parts) {
            length += part.length;
        }
        ByteBuffer bytes = ByteBuffer.allocate(2 * length).order(ByteOrder.BIG_ENDIAN);
        for (short[] part : parts) {
            bytes.asShortBuffer().put(part);
            bytes.position(bytes.position() + 2 * part.length);
        }
        ByteArrayOutputStream wav = new ByteArrayOutputStream();
        AudioSystem.write(
                new AudioInputStream(
                        new ByteArrayInputStream(bytes.array()), new AudioFormat(RATE, 16, 1, true, true), length),
                AudioFileFormat.Type.WAVE,
                wav);
        return new Content.Media(wav.toByteArray());
    }

    private static Recognized recognize(Content content) {
        return (Recognized) recognizer.encode(List.of(content)).get(0);
    }

    @Test
    void transcribesSpeechOfEveryFormat() throws IOException {
        assertThat(recognize(sample("beach.wav")).text())
                .containsIgnoringCase("wonderful morning")
                .containsIgnoringCase("beach");
        assertThat(recognize(sample("crash.flac")).text()).containsIgnoringCase("accident on the road");
        assertThat(recognize(sample("storm.mp3")).text()).containsIgnoringCase("storm ruined everything");
    }

    @Test
    void silenceNoiseAndTonesHaveNoWords() throws IOException {
        Random random = new Random(1);
        short[] noise = new short[4 * RATE];
        short[] tone = new short[4 * RATE];
        for (int i = 0; i < noise.length; i++) {
            noise[i] = (short) (3000 * random.nextGaussian());
            tone[i] = (short) (9000 * Math.sin(i * 2 * Math.PI * 440 / RATE));
        }

        for (Content content : List.of(wav(new short[4 * RATE]), wav(noise), wav(tone), wav(new short[10]))) {
            assertThat(recognize(content)).isEqualTo(new Recognized("", 0, List.of()));
        }
    }

    @Test
    void segmentsHaveTheirTimes() throws IOException, MediaException {
        short[] first = samples("beach.wav");
        short[] second = samples("crash.flac");

        Recognized both = recognize(wav(first, new short[3 * RATE], second));

        assertThat(both.passages()).hasSize(2);
        assertThat(both.passages().get(0).text()).containsIgnoringCase("beach");
        assertThat(interval(both, 0).endMs()).isLessThanOrEqualTo(first.length * 1000L / RATE + 500);
        assertThat(both.passages().get(1).text()).containsIgnoringCase("accident");
        assertThat(interval(both, 1).startMs())
                .isBetween(first.length * 1000L / RATE + 2_500, first.length * 1000L / RATE + 3_500);
        assertThat(both.text())
                .isEqualTo(both.passages().get(0).text() + " "
                        + both.passages().get(1).text());
        assertThat(both.confidence()).isBetween(0.3, 1.0);
    }

    private static Interval interval(Recognized recognized, int passage) {
        return (Interval) recognized.passages().get(passage).place();
    }

    @Test
    void aClipIsTheSameInAnyCompany() throws IOException {
        List<Content> clips = List.of(sample("beach.wav"), sample("storm.mp3"), sample("crash.flac"));

        List<Outcome> together = recognizer.encode(clips);

        for (int i = 0; i < clips.size(); i++) {
            Recognized alone = recognize(clips.get(i));
            assertThat(((Recognized) together.get(i)).text()).isEqualTo(alone.text());
        }
    }

    @Test
    void whatIsBeyondTheLongestClipIsNotRead() throws IOException, MediaException {
        short[] speech = samples("crash.flac");

        assertThat(recognize(wav(new short[61 * RATE], speech)).text()).isEmpty();
    }

    @Test
    void longSpeechIsTranscribedInParts() throws IOException, MediaException {
        short[] speech = samples("crash.flac");
        short[][] again = new short[12][];
        Arrays.fill(again, speech);

        Recognized all = recognize(wav(again));

        assertThat(all.passages())
                .hasSizeGreaterThan(1)
                .allSatisfy(passage -> assertThat(passage.place())
                        .isInstanceOfSatisfying(
                                Interval.class,
                                interval -> assertThat(interval.endMs() - interval.startMs())
                                        .isLessThanOrEqualTo(15_000)));
        assertThat(all.text().toLowerCase().split("accident", -1)).hasSizeGreaterThanOrEqualTo(9);
    }

    @Test
    void otherContentIsRefused() throws IOException {
        assertThat(recognizer.encode(List.of(new Content.Text("words"))).get(0))
                .isEqualTo(new Failed(
                        Reason.UNSUPPORTED_MEDIA,
                        "speech-moonshine-tiny-en@1.0.0 takes sound, the event carries text"));
        assertThat(((Failed) recognizer
                                .encode(List.of(new Content.Media(new byte[] {1, 2, 3, 4})))
                                .get(0))
                        .reason())
                .isEqualTo(Reason.UNSUPPORTED_MEDIA);
    }
}
