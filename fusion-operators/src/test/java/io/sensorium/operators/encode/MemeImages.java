// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.encode;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import javax.imageio.ImageIO;

/** Draws images with writing above and below, as memes have it, in fonts, colours and sizes of a seed. */
final class MemeImages {

    private static final String[] FAMILIES = {Font.SANS_SERIF, Font.SERIF, Font.MONOSPACED, Font.DIALOG};

    private static final String[] SENTENCES = {
        "When the build is green at 5 pm",
        "One does not simply deploy on Friday",
        "Nobody: My cat at 3 in the morning",
        "I was told there would be cake",
        "Wait, you guys have tests?",
        "It works on my machine",
        "Keep calm and read the logs",
        "You had one job",
        "50% off today only",
        "Not sure if bug or feature",
        "The dog ate my homework again",
        "Brace yourselves, winter is coming",
        "Me explaining the plan to nobody",
        "Free pizza in room 204",
        "Is this a butterfly?",
        "That moment when coffee kicks in",
        "Everybody gets a new keyboard!",
        "How it started, how it is going",
        "Monday should be optional",
        "Call me back, please",
    };

    private MemeImages() {}

    /**
     * An image and what is written in it.
     *
     * @param text its lines from the top, a space between them
     */
    record Meme(BufferedImage image, String text) {

        byte[] png() {
            return MemeImages.png(image);
        }
    }

    /** Draws one; the same for the same seed and fonts. */
    static Meme of(long seed) {
        Random random = new Random(seed);
        int width = 400 + random.nextInt(600);
        int height = width * (60 + random.nextInt(60)) / 100;
        BufferedImage image = background(width, height, random);
        Graphics2D graphics = graphics(image);
        Font font = new Font(
                FAMILIES[random.nextInt(FAMILIES.length)],
                random.nextInt(4) == 0 ? Font.PLAIN : random.nextInt(4) == 0 ? Font.BOLD | Font.ITALIC : Font.BOLD,
                width * (5 + random.nextInt(4)) / 100);
        boolean capitals = random.nextBoolean();
        int style = random.nextInt(3);
        Color colour = Color.getHSBColor(random.nextFloat(), random.nextInt(2) * 0.9f, 1);
        List<String> written = new ArrayList<>();
        for (boolean top : new boolean[] {true, false}) {
            String sentence = SENTENCES[random.nextInt(SENTENCES.length)];
            List<String> lines = lines(
                    graphics.getFontMetrics(font),
                    capitals ? sentence.toUpperCase(Locale.ROOT) : sentence,
                    width * 9 / 10);
            int rows = graphics.getFontMetrics(font).getHeight();
            int from = top ? height / 40 : height - height / 40 - rows * lines.size();
            if (style == 1) {
                graphics.setColor(Color.WHITE);
                graphics.fillRect(0, from - 2, width, rows * lines.size() + 4);
            }
            for (int i = 0; i < lines.size(); i++) {
                draw(graphics, font, lines.get(i), width, from + i * rows, style, colour);
            }
            written.addAll(lines);
        }
        graphics.dispose();
        return new Meme(image, String.join(" ", written));
    }

    private static void draw(
            Graphics2D graphics, Font font, String line, int width, int from, int style, Color colour) {
        FontMetrics metrics = graphics.getFontMetrics(font);
        int x = (width - metrics.stringWidth(line)) / 2;
        Shape outline =
                font.createGlyphVector(graphics.getFontRenderContext(), line).getOutline(x, from + metrics.getAscent());
        if (style == 0) {
            graphics.setColor(Color.BLACK);
            graphics.setStroke(
                    new BasicStroke(Math.max(2, font.getSize() / 7f), BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
            graphics.draw(outline);
        } else if (style == 2) {
            graphics.setColor(new Color(0, 0, 0, 170));
            graphics.fillRect(x - 8, from, metrics.stringWidth(line) + 16, metrics.getHeight());
        }
        graphics.setColor(style == 1 ? Color.getHSBColor(hue(colour), 0.9f, 0.35f) : colour);
        graphics.fill(outline);
    }

    private static float hue(Color colour) {
        return Color.RGBtoHSB(colour.getRed(), colour.getGreen(), colour.getBlue(), null)[0];
    }

    private static List<String> lines(FontMetrics metrics, String sentence, int width) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        for (String word : sentence.split(" ")) {
            if (!line.isEmpty() && metrics.stringWidth(line + " " + word) > width) {
                lines.add(line.toString());
                line.setLength(0);
            }
            line.append(line.isEmpty() ? "" : " ").append(word);
        }
        lines.add(line.toString());
        return lines;
    }

    /** An image without writing: shapes on a gradient, with noise. */
    static BufferedImage background(int width, int height, Random random) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
        Graphics2D graphics = graphics(image);
        graphics.setPaint(new GradientPaint(0, 0, colour(random), width, height, colour(random)));
        graphics.fillRect(0, 0, width, height);
        for (int i = random.nextInt(12); i >= 0; i--) {
            graphics.setColor(colour(random));
            double x = random.nextInt(width);
            double y = random.nextInt(height);
            double across = width * (0.05 + 0.3 * random.nextDouble());
            double down = height * (0.05 + 0.3 * random.nextDouble());
            graphics.fill(
                    random.nextBoolean()
                            ? new Ellipse2D.Double(x, y, across, down)
                            : new Rectangle2D.Double(x, y, across, down));
        }
        graphics.dispose();
        int noise = 1 + random.nextInt(30);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int rgb = image.getRGB(x, y);
                int lighter = random.nextInt(noise) - noise / 2;
                image.setRGB(
                        x,
                        y,
                        shifted(rgb >> 16, lighter) << 16 | shifted(rgb >> 8, lighter) << 8 | shifted(rgb, lighter));
            }
        }
        return image;
    }

    private static int shifted(int channel, int lighter) {
        return Math.max(0, Math.min(255, (channel & 0xff) + lighter));
    }

    private static Color colour(Random random) {
        return Color.getHSBColor(
                random.nextFloat(), 0.2f + 0.6f * random.nextFloat(), 0.2f + 0.7f * random.nextFloat());
    }

    static Graphics2D graphics(BufferedImage image) {
        Graphics2D graphics = image.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        return graphics;
    }

    static byte[] png(BufferedImage image) {
        try {
            ByteArrayOutputStream png = new ByteArrayOutputStream();
            ImageIO.write(image, "png", png);
            return png.toByteArray();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
