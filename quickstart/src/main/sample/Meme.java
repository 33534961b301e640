// SPDX-License-Identifier: Apache-2.0

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import javax.imageio.ImageIO;

/** Draws the sample's image with writing, over one of the pictures that make.py draws: java Meme.java OUT_DIR. */
public final class Meme {

    private static final int WIDTH = 480;
    private static final int HEIGHT = 360;

    private Meme() {}

    public static void main(String[] args) throws IOException {
        BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
        graphics.drawImage(ImageIO.read(new File(args[0], "rain-bus.jpg")), 0, 0, WIDTH, HEIGHT, null);
        write(graphics, "WHEN THE BUS IS LATE AGAIN", 40);
        write(graphics, "and it starts to rain", 340);
        graphics.dispose();
        ImageIO.write(image, "png", new File(args[0], "meme.png"));
    }

    private static void write(Graphics2D graphics, String line, int baseline) {
        Font font = new Font(Font.SANS_SERIF, Font.BOLD, 26);
        int left = (WIDTH - graphics.getFontMetrics(font).stringWidth(line)) / 2;
        Shape outline = font.createGlyphVector(graphics.getFontRenderContext(), line).getOutline(left, baseline);
        graphics.setColor(Color.BLACK);
        graphics.setStroke(new BasicStroke(5, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
        graphics.draw(outline);
        graphics.setColor(Color.WHITE);
        graphics.fill(outline);
    }
}
