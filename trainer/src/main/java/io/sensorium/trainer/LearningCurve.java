// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;

/** A training's losses, an epoch a line, as {@code training.tsv} and as the picture {@code learning-curve.png}. */
final class LearningCurve {

    private static final int WIDTH = 640;
    private static final int HEIGHT = 360;
    private static final int MARGIN = 48;

    private LearningCurve() {}

    /**
     * @param epochs training and validation figure of each
     * @throws IOException when the folder cannot be written to
     */
    static void write(Path folder, String title, List<double[]> epochs) throws IOException {
        StringBuilder table = new StringBuilder("epoch\ttraining\tvalidation\n");
        double most = Double.MIN_VALUE;
        double least = Double.MAX_VALUE;
        for (int epoch = 0; epoch < epochs.size(); epoch++) {
            table.append(epoch)
                    .append('\t')
                    .append(epochs.get(epoch)[0])
                    .append('\t')
                    .append(epochs.get(epoch)[1])
                    .append('\n');
            most = Math.max(most, Math.max(epochs.get(epoch)[0], epochs.get(epoch)[1]));
            least = Math.min(least, Math.min(epochs.get(epoch)[0], epochs.get(epoch)[1]));
        }
        Files.writeString(folder.resolve("training.tsv"), table);
        BufferedImage picture = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = picture.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, WIDTH, HEIGHT);
        graphics.setColor(Color.DARK_GRAY);
        graphics.drawString(title + ": training (blue), validation (red)", MARGIN, MARGIN / 2);
        graphics.drawString(String.format("%.3f", most), 4, MARGIN);
        graphics.drawString(String.format("%.3f", least), 4, HEIGHT - MARGIN);
        graphics.drawString("epoch " + (epochs.size() - 1), WIDTH - 2 * MARGIN, HEIGHT - MARGIN / 2);
        graphics.drawRect(MARGIN, MARGIN, WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN);
        graphics.setStroke(new BasicStroke(2));
        for (int line = 0; line < 2; line++) {
            graphics.setColor(line == 0 ? Color.BLUE : Color.RED);
            for (int epoch = 1; epoch < epochs.size(); epoch++) {
                graphics.drawLine(
                        x(epoch - 1, epochs.size()),
                        y(epochs.get(epoch - 1)[line], least, most),
                        x(epoch, epochs.size()),
                        y(epochs.get(epoch)[line], least, most));
            }
        }
        graphics.dispose();
        ImageIO.write(picture, "png", folder.resolve("learning-curve.png").toFile());
    }

    private static int x(int epoch, int epochs) {
        return MARGIN + (WIDTH - 2 * MARGIN) * epoch / Math.max(1, epochs - 1);
    }

    private static int y(double value, double least, double most) {
        return HEIGHT
                - MARGIN
                - (int) Math.round((HEIGHT - 2 * MARGIN) * (value - least) / Math.max(1e-9, most - least));
    }
}
