// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.encode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sensorium.operators.encode.MemeImages.Meme;
import io.sensorium.operators.encode.Outcome.Failed;
import io.sensorium.operators.encode.Outcome.Reason;
import io.sensorium.operators.encode.Outcome.Recognized;
import io.sensorium.operators.encode.Passage.Box;
import io.sensorium.operators.media.MediaLimits;
import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.pack.ModelCatalog;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.GraphicsEnvironment;
import java.awt.geom.AffineTransform;
import java.awt.image.AffineTransformOp;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.commons.text.similarity.LevenshteinDistance;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The bundled recognizer on writing that Java2D draws with the fonts of this machine. */
class TextReaderTest {

    private static final Path SAMPLES =
            Path.of(System.getProperty("sensorium.root"), "quickstart/src/main/resources/sample");
    private static final int MEMES = 30;
    private static final int BACKGROUNDS = 12;

    private static Encoder reader;

    @BeforeAll
    static void open() {
        reader = Encoder.open(
                ModelCatalog.bundled().find("text-reader-ppocr-v4").orElseThrow(),
                MediaLimits.DEFAULT,
                Device.parse("cpu"),
                1);
        reader.warmUp(true);
    }

    @AfterAll
    static void close() {
        reader.close();
    }

    private static void assumeFonts() {
        boolean any;
        try {
            any = GraphicsEnvironment.getLocalGraphicsEnvironment().getAllFonts().length > 0;
        } catch (RuntimeException | Error e) {
            any = false;
        }
        assumeTrue(any, "this machine has no font to write with");
    }

    private static Recognized read(byte[] image) {
        return (Recognized) reader.encode(List.of(new Content.Media(image))).get(0);
    }

    /** Black on white. */
    private static BufferedImage page(int width, int height) {
        BufferedImage page = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
        Graphics2D graphics = page.createGraphics();
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, width, height);
        graphics.dispose();
        return page;
    }

    private static void write(BufferedImage page, String line, int size, int left, int baseline) {
        Graphics2D graphics = MemeImages.graphics(page);
        graphics.setColor(Color.BLACK);
        graphics.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, size));
        graphics.drawString(line, left, baseline);
        graphics.dispose();
    }

    private static BufferedImage turned(BufferedImage image, int quarters) {
        boolean lying = quarters % 2 == 1;
        BufferedImage turned = new BufferedImage(
                lying ? image.getHeight() : image.getWidth(),
                lying ? image.getWidth() : image.getHeight(),
                BufferedImage.TYPE_3BYTE_BGR);
        AffineTransform transform =
                AffineTransform.getTranslateInstance(turned.getWidth() / 2.0, turned.getHeight() / 2.0);
        transform.quadrantRotate(quarters);
        transform.translate(-image.getWidth() / 2.0, -image.getHeight() / 2.0);
        return new AffineTransformOp(transform, AffineTransformOp.TYPE_NEAREST_NEIGHBOR).filter(image, turned);
    }

    @Test
    void readsMemes() {
        assumeFonts();
        int errors = 0;
        int characters = 0;
        List<String> wrong = new ArrayList<>();
        for (int seed = 0; seed < MEMES; seed++) {
            Meme meme = MemeImages.of(seed);
            String found = read(meme.png()).text();
            int distance = LevenshteinDistance.getDefaultInstance().apply(meme.text(), found);
            errors += distance;
            characters += meme.text().length();
            if (distance > 0) {
                wrong.add(meme.text() + " -> " + found);
            }
        }

        assertThat((double) errors / characters)
                .as("character error rate; %s", wrong)
                .isLessThanOrEqualTo(0.1);
    }

    @Test
    void imagesWithoutWritingHaveNoText() throws IOException {
        List<String> found = new ArrayList<>();
        for (int seed = 0; seed < BACKGROUNDS; seed++) {
            found.add(read(MemeImages.png(MemeImages.background(300 + 20 * seed, 700 - 10 * seed, new Random(seed))))
                    .text());
        }
        try (Stream<Path> samples = Files.list(SAMPLES)) {
            for (Path sample : samples.filter(
                            path -> path.toString().matches(".*\\.(png|webp|gif)") && !path.endsWith("meme.png"))
                    .sorted()
                    .toList()) {
                found.add(read(Files.readAllBytes(sample)).text());
            }
        }

        assertThat(found).hasSizeGreaterThan(25).containsOnly("");
    }

    @Test
    void linesHaveTheirPlacesInTheFilesPixels() {
        assumeFonts();
        BufferedImage page = page(4000, 3000);
        write(page, "upper line", 200, 400, 600);
        write(page, "lower line", 200, 1200, 2500);

        Recognized read = read(MemeImages.png(page));

        assertThat(read.passages()).extracting(Passage::text).containsExactly("upper line", "lower line");
        assertThat(read.passages()).extracting(Passage::confidence).allMatch(confidence -> confidence > 0.8);
        assertThat((Box) read.passages().get(0).place()).satisfies(box -> {
            assertThat(box.left()).isBetween(250, 430);
            assertThat(box.top()).isBetween(350, 480);
            assertThat(box.bottom()).isBetween(600, 720);
        });
        assertThat((Box) read.passages().get(1).place()).satisfies(box -> {
            assertThat(box.left()).isBetween(1050, 1230);
            assertThat(box.top()).isBetween(2250, 2380);
        });
        assertThat(read.text()).isEqualTo("upper line lower line");
    }

    @Test
    void writingThatIsTurnedIsRead() {
        assumeFonts();
        BufferedImage page = page(600, 400);
        write(page, "turned around", 48, 120, 200);

        for (int quarters = 0; quarters < 4; quarters++) {
            assertThat(read(MemeImages.png(turned(page, quarters))).text())
                    .as("%s quarters", quarters)
                    .isEqualTo("turned around");
        }
    }

    @Test
    void smallImagesAreEnlarged() {
        assumeFonts();
        BufferedImage page = page(120, 40);
        write(page, "small print", 14, 15, 25);

        assertThat(read(MemeImages.png(page)).text()).isEqualTo("small print");
    }

    @Test
    void ofTallImagesTheFirstSectionsAreRead() {
        assumeFonts();
        BufferedImage tall = page(600, 20_000);
        for (int line = 0; line < 20; line++) {
            write(tall, "line number " + (10 + line), 40, 60, 500 + line * 1000);
        }

        Recognized read = read(MemeImages.png(tall));

        // Eight sections of 1,500 rows, of which the next covers 150 again.
        assertThat(read.passages())
                .extracting(Passage::text)
                .hasSizeBetween(10, 12)
                .startsWith("line number 10", "line number 11", "line number 12", "line number 13");
        assertThat((Box) read.passages().get(3).place())
                .satisfies(box -> assertThat(box.top()).isBetween(3440, 3490));
    }

    @Test
    void ofTwentyThousandLinesTheFirstHundredAreRead() {
        assumeFonts();
        BufferedImage full = page(400, 60_000);
        for (int line = 0; line < 20_000 / 8; line++) {
            write(full, "line " + line, 18, 20, 20 + line * 24);
        }
        long since = System.nanoTime();

        Recognized read = read(MemeImages.png(full));

        assertThat(read.passages()).hasSizeLessThanOrEqualTo(100);
        assertThat((System.nanoTime() - since) / 1e9).isLessThan(45);
    }

    @Test
    void aLineAcrossTheSectionsOfAWideImageIsOne() {
        assumeFonts();
        BufferedImage wide = page(3000, 300);
        write(wide, "a line of writing that runs on from the left of the image to its right", 60, 100, 180);

        Recognized read = read(MemeImages.png(wide));

        assertThat(read.text().replace(" ", "")).isEqualTo("alineofwritingthatrunsonfromtheleftoftheimagetoitsright");
    }

    @Test
    void imagesWithoutContentHaveNoText() {
        for (int[] size : new int[][] {{1, 1}, {3, 200}, {500, 2}, {16, 16}, {640, 480}}) {
            assertThat(read(MemeImages.png(page(size[0], size[1])))).isEqualTo(new Recognized("", 0, List.of()));
        }
    }

    @Test
    void anImageIsTheSameInAnyCompany() {
        assumeFonts();
        List<Content> images = Stream.of(1, 2)
                .map(seed -> (Content) new Content.Media(MemeImages.of(seed).png()))
                .toList();

        List<Outcome> together = reader.encode(images);

        for (int i = 0; i < images.size(); i++) {
            assertThat(together.get(i))
                    .isEqualTo(reader.encode(List.of(images.get(i))).get(0));
        }
    }

    @Test
    void otherContentIsRefused() {
        assertThat(reader.encode(List.of(new Content.Text("words"))).get(0))
                .isEqualTo(new Failed(
                        Reason.UNSUPPORTED_MEDIA, "text-reader-ppocr-v4@1.0.0 takes an image, the event carries text"));
        byte[] png = MemeImages.png(page(200, 100));
        assertThat(((Failed) reader.encode(List.of(new Content.Media(Arrays.copyOf(png, png.length / 2))))
                                .get(0))
                        .reason())
                .isEqualTo(Reason.CORRUPT_MEDIA);
    }
}
