// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.encode;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import io.sensorium.operators.encode.Outcome.Recognized;
import io.sensorium.operators.media.DecodedImage;
import io.sensorium.operators.media.ImageDecoder;
import io.sensorium.operators.media.MediaException;
import io.sensorium.operators.media.MediaLimits;
import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.onnx.FloatTensorBuffer;
import io.sensorium.operators.onnx.Handles;
import io.sensorium.operators.onnx.OnnxGraphSession;
import io.sensorium.operators.pack.PackException;
import io.sensorium.operators.pack.PackedModel;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;

/**
 * Writing in images with PP-OCR (Du et al., 2020, <a href="https://arxiv.org/abs/2009.09941">PP-OCR: A Practical Ultra
 * Lightweight OCR System</a>): a detector takes pixels {@code [1, 3, rows, columns]} and gives the probability that
 * each belongs to a line's core, of which {@link TextRegions} makes rectangles; a {@link LineReader} reads each.
 *
 * <p>An image is scaled to about {@code max_pixels} for the detector, small ones up, at most {@link #LARGEST} times.
 * One that is longer than {@link #RATIO} times its other side is looked through in overlapping sections along its
 * length; what is beyond the last of {@code max_sections} is not read. Of the lines, the first {@code max_lines} are
 * read in the order of reading, as long as they have no more than {@link #COLUMNS} columns together. So an image's time
 * is bounded, whatever its size.
 */
final class TextReader extends BatchEncoder<DecodedImage> {

    /** Side that the decoder keeps twice of. */
    private static final int SIDE = 736;

    private static final double RATIO = 4;
    private static final double LARGEST = 4;

    /** Of a section's shorter side: how long a section is, and how much of it the next one covers again. */
    private static final double SECTION = 2.5;

    private static final double OVERLAP = 0.25;

    private static final int COLUMNS = 40_000;

    /** The detector halves its input five times. */
    private static final int STRIDE = 32;

    /** What is read with less is left out. */
    private static final double CONFIDENCE = 0.65;

    /**
     * Different letters and digits that one line of an image has at least: wheels, windows and posts are read as 00 and
     * I.
     */
    private static final int FEWEST_LETTERS = 2;

    private static final float[] MEAN = {0.485f * 255, 0.456f * 255, 0.406f * 255};
    private static final float[] DEVIATION = {0.229f * 255, 0.224f * 255, 0.225f * 255};

    private final ImageDecoder images;
    private final OnnxGraphSession detector;
    private final LineReader lines;
    private final String input;
    private final String output;
    private final int maxPixels;
    private final int maxSections;
    private final int maxLines;
    private final TextRegions regions = new TextRegions();
    private final FloatTensorBuffer pixels = new FloatTensorBuffer();

    TextReader(PackedModel model, MediaLimits limits, Device device, int threads) {
        super(model.manifest());
        images = new ImageDecoder(limits);
        maxPixels = (int) manifest().preprocessing("max_pixels", SIDE * SIDE);
        maxSections = (int) manifest().preprocessing("max_sections", 8);
        maxLines = (int) manifest().preprocessing("max_lines", 100);
        var graph = manifest().graphs().get("detection");
        input = graph.inputs().keySet().iterator().next();
        output = graph.outputs().keySet().iterator().next();
        try (Handles opened = new Handles()) {
            detector = opened.add(OnnxGraphSession.open(model, "detection", device, threads));
            lines = opened.add(new LineReader(model, device, threads));
            opened.keep();
        }
    }

    @Override
    DecodedImage prepare(Content content) throws MediaException {
        if (!(content instanceof Content.Media media)) {
            throw unsupported("an image", content);
        }
        return images.decode(media.bytes(), SIDE);
    }

    @Override
    List<Content> warmUpContents() throws IOException {
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(STRIDE, STRIDE, BufferedImage.TYPE_INT_RGB), "png", png);
        Content.Media image = new Content.Media(png.toByteArray());
        try {
            // The image has no writing, and no graph but the detector's would run.
            lines.read(new RegionSampler(prepare(image)), List.of(new TextRegion(16, 16, 1, 0, 32, 10)));
        } catch (OrtException | MediaException e) {
            throw new PackException(manifest().id() + " fails its warm-up: " + e.getMessage());
        }
        return List.of(image);
    }

    @Override
    List<Recognized> run(List<DecodedImage> batch) throws OrtException {
        List<Recognized> results = new ArrayList<>(batch.size());
        for (DecodedImage image : batch) {
            results.add(read(image));
        }
        return results;
    }

    private Recognized read(DecodedImage image) throws OrtException {
        RegionSampler sampler = new RegionSampler(image);
        List<TextRegion> found = new ArrayList<>();
        for (TextRegion section : sections(image.originalWidth(), image.originalHeight())) {
            found.addAll(find(sampler, section));
        }
        List<TextRegion> chosen = new ArrayList<>();
        int columns = 0;
        for (TextRegion region : ReadingOrder.sorted(ReadingOrder.merged(found))) {
            columns += LineReader.columns(region);
            if (chosen.size() == maxLines || columns > COLUMNS) {
                break;
            }
            chosen.add(region);
        }
        List<LineReader.Line> read = lines.read(sampler, chosen);
        List<Passage> passages = new ArrayList<>();
        for (int i = 0; i < read.size(); i++) {
            LineReader.Line line = read.get(i);
            if (line.confidence() >= CONFIDENCE && letters(line.text()) > 0) {
                passages.add(new Passage(
                        line.text(),
                        line.confidence(),
                        chosen.get(i).box(image.originalWidth(), image.originalHeight())));
            }
        }
        boolean isWriting = passages.stream().anyMatch(passage -> letters(passage.text()) >= FEWEST_LETTERS);
        return Recognized.of(isWriting ? passages : List.of());
    }

    /** Different letters and digits. */
    private static long letters(String text) {
        return text.codePoints().filter(Character::isLetterOrDigit).distinct().count();
    }

    /** The whole image, or parts along its length. */
    private List<TextRegion> sections(int width, int height) {
        double shorter = Math.min(width, height);
        double longer = Math.max(width, height);
        if (longer <= RATIO * shorter) {
            return List.of(section(0, 0, width, height));
        }
        List<TextRegion> sections = new ArrayList<>();
        double length = SECTION * shorter;
        for (double from = 0; sections.size() < maxSections; from += length - OVERLAP * shorter) {
            double to = Math.min(longer, from + length);
            sections.add(width > height ? section(from, 0, to, height) : section(0, from, width, to));
            if (to >= longer) {
                break;
            }
        }
        return sections;
    }

    private static TextRegion section(double left, double top, double right, double bottom) {
        return new TextRegion((left + right) / 2, (top + bottom) / 2, 1, 0, right - left, bottom - top);
    }

    private List<TextRegion> find(RegionSampler image, TextRegion section) throws OrtException {
        double scale = Math.min(LARGEST, Math.sqrt(maxPixels / (section.width() * section.height())));
        int columns = (int) Math.max(1, Math.round(section.width() * scale));
        int rows = (int) Math.max(1, Math.round(section.height() * scale));
        int paddedColumns = (columns + STRIDE - 1) / STRIDE * STRIDE;
        int paddedRows = (rows + STRIDE - 1) / STRIDE * STRIDE;
        FloatBuffer buffer = pixels.clear(3 * paddedRows * paddedColumns);
        if (paddedColumns > columns || paddedRows > rows) {
            for (int i = 0; i < 3 * paddedRows * paddedColumns; i++) {
                buffer.put(i, 0);
            }
        }
        image.sample(section, buffer, paddedColumns, columns, rows, paddedRows * paddedColumns, MEAN, DEVIATION);
        List<TextRegion> found = new ArrayList<>();
        try (OnnxTensor tensor = pixels.tensor(1, 3, paddedRows, paddedColumns)) {
            FloatBuffer map = detector.run(Map.of(input, tensor), output);
            for (TextRegion region : regions.find(map, paddedColumns, paddedRows)) {
                // A map's pixel is named by its centre.
                found.add(region.placed(
                        section.width() / columns, section.left() + 0.5 / scale, section.top() + 0.5 / scale));
            }
        }
        return found;
    }

    @Override
    public void close() {
        detector.close();
        lines.close();
    }
}
