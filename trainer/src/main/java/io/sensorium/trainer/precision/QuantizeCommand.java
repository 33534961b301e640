// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer.precision;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import io.sensorium.operators.media.ImageDecoder;
import io.sensorium.operators.media.ImageResizer;
import io.sensorium.operators.media.MediaException;
import io.sensorium.operators.media.MediaLimits;
import io.sensorium.operators.pack.ModelCatalog;
import io.sensorium.operators.pack.ModelKind;
import io.sensorium.operators.pack.ModelManifest;
import io.sensorium.operators.pack.ModelManifest.GraphSpec;
import io.sensorium.operators.pack.PackException;
import io.sensorium.operators.pack.PackedModel;
import io.sensorium.trainer.pack.PackWriter;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "quantize",
        mixinStandardHelpOptions = true,
        description =
                "Converts a model to another precision: int8 for image encoders, fp16 for any float graph. Writes "
                        + "a pack; heads of the original accept its embeddings.")
public final class QuantizeCommand implements Callable<Integer> {

    /** The runs that speed is measured over, after as many that are not counted. */
    private static final int RUNS = 8;

    private static final int BATCH = 4;

    /** A variant further from the model is none. */
    private static final double MAX_ERROR = 0.3;

    @Parameters(index = "0", paramLabel = "MODEL", description = "name[@version][/precision] of a model.")
    String name;

    @Option(names = "--precision", required = true, description = "int8 or fp16.")
    String precision;

    @Option(names = "--packs", split = ",", description = "Packs in addition to the bundled one.")
    List<Path> packs = List.of();

    @Option(names = "--data", description = "For int8: a folder with images, at any depth, that calibrate the ranges.")
    Path data;

    @Option(
            names = "--rows",
            defaultValue = "100",
            description = "For int8: number of images for calibration; as many again are used to measure (default "
                    + "${DEFAULT-VALUE}).")
    int rows;

    @Option(
            names = "--keep",
            split = ",",
            description = "For int8: outputs that stay unchanged; nodes that lead only to them are not quantized.")
    List<String> floats = List.of();

    @Option(names = "--out", required = true, description = "The pack to write into.")
    Path out;

    @Override
    public Integer call() throws IOException, OrtException {
        PackedModel model = ModelCatalog.load(packs)
                .find(name)
                .orElseThrow(() -> new PackException("no model \"" + name + "\" in any pack"));
        ModelManifest manifest = model.manifest();
        byte[] graph = model.graph("model");
        List<float[]> measured;
        byte[] variant;
        switch (precision) {
            case "int8" -> {
                if (manifest.kind() != ModelKind.IMAGE_ENCODER || data == null) {
                    throw new IllegalArgumentException(
                            manifest.kind() != ModelKind.IMAGE_ENCODER
                                    ? model + " is " + manifest.kind().withArticle() + "; int8 is for image encoders"
                                    : "--data is missing: name a folder of images");
                }
                List<float[]> pictures = pictures(manifest, 2 * rows);
                if (pictures.size() < 8) {
                    throw new IllegalArgumentException(data + " holds " + pictures.size()
                            + " pictures that can be decoded, at least 8 are needed");
                }
                StaticQuantization quantization = new StaticQuantization(graph, floats);
                int half = pictures.size() / 2;
                quantization.calibrate(input(manifest), pictures.subList(0, half), shape(manifest, 1));
                variant = quantization.quantized();
                measured = pictures.subList(half, pictures.size());
            }
            case "fp16" -> {
                variant = HalfPrecision.convert(graph);
                measured = List.of();
            }
            default ->
                throw new IllegalArgumentException("--precision is \"" + precision + "\", expected int8 or fp16");
        }
        String figures = compare(manifest, graph, variant, measured);
        Map<String, byte[]> graphs = new LinkedHashMap<>();
        Map<String, GraphSpec> specs = new LinkedHashMap<>();
        for (Map.Entry<String, GraphSpec> each : manifest.graphs().entrySet()) {
            byte[] bytes = each.getKey().equals("model") ? variant : model.graph(each.getKey());
            graphs.put(each.getKey(), bytes);
            specs.put(
                    each.getKey(),
                    new GraphSpec(
                            each.getKey() + ".onnx",
                            PackedModel.sha256(bytes),
                            each.getValue().inputs(),
                            each.getValue().outputs()));
        }
        ModelManifest changed = manifest.quantized(
                manifest.name() + "-" + precision, manifest.description() + " At " + precision + ".", specs, precision);
        PackWriter.write(
                out,
                changed,
                graphs,
                "# " + changed.id() + "\n\n" + manifest.id() + " at " + precision + ", made by `./sensorium quantize`"
                        + (data == null
                                ? ""
                                : ", calibrated by " + measured.size() + " pictures and measured on as many others")
                        + ".\n\n" + figures);
        System.out.printf(
                "%swrote %s into %s: %,d bytes, %,d before%n",
                figures, changed.id(), out, variant.length, graph.length);
        return 0;
    }

    private static String input(ModelManifest manifest) {
        return manifest.graphs().get("model").inputs().keySet().iterator().next();
    }

    private static long[] shape(ModelManifest manifest, int batch) {
        long[] shape =
                manifest.graphs().get("model").inputs().get(input(manifest)).clone();
        shape[0] = batch;
        return shape;
    }

    /** As the encoder reads them. */
    private List<float[]> pictures(ModelManifest manifest, int most) throws IOException {
        int side = (int) manifest.preprocessing("side", 224);
        ImageDecoder decoder = new ImageDecoder(MediaLimits.DEFAULT);
        ImageResizer scaler = new ImageResizer(
                side,
                manifest.preprocessing("channels_first", 0) != 0,
                rgb(manifest, "mean_", 0),
                rgb(manifest, "deviation_", 1));
        List<float[]> pictures = new ArrayList<>();
        List<Path> files;
        try (Stream<Path> all = Files.walk(data)) {
            files = new ArrayList<>(all.filter(Files::isRegularFile)
                    .filter(file ->
                            file.toString().toLowerCase(java.util.Locale.ROOT).matches(".*\\.(jpe?g|png|webp|gif)"))
                    .sorted()
                    .toList());
        }
        java.util.Collections.shuffle(files, new Random(1));
        for (Path file : files) {
            if (pictures.size() == most) {
                break;
            }
            float[] pixels = new float[side * side * 3];
            try {
                scaler.scale(decoder.decode(Files.readAllBytes(file), side), FloatBuffer.wrap(pixels));
                pictures.add(pixels);
            } catch (MediaException e) {
                System.err.println(file + " is left out: " + e.getMessage());
            }
        }
        return pictures;
    }

    private static float[] rgb(ModelManifest manifest, String prefix, double fallback) {
        return new float[] {
            (float) manifest.preprocessing(prefix + "red", fallback),
            (float) manifest.preprocessing(prefix + "green", fallback),
            (float) manifest.preprocessing(prefix + "blue", fallback)
        };
    }

    /**
     * How near and how fast the variant is, on rows that it was not calibrated by, or on normal numbers where there are
     * none.
     */
    private static String compare(ModelManifest manifest, byte[] before, byte[] after, List<float[]> rows)
            throws OrtException {
        StringBuilder figures = new StringBuilder();
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            try (OrtSession one = environment.createSession(before, options);
                    OrtSession other = environment.createSession(after, options)) {
                List<Map<String, OnnxTensor>> batches = rows.isEmpty() ? List.of(made(one)) : batches(manifest, rows);
                Map<String, double[]> errors = new LinkedHashMap<>();
                for (Map<String, OnnxTensor> batch : batches) {
                    try (OrtSession.Result reference = one.run(batch);
                            OrtSession.Result result = other.run(batch)) {
                        reference.forEach(output -> add(
                                errors.computeIfAbsent(output.getKey(), key -> new double[2]),
                                (OnnxTensor) output.getValue(),
                                (OnnxTensor) result.get(output.getKey()).orElseThrow()));
                    }
                }
                errors.forEach((output, sums) -> {
                    figures.append(String.format("- %s: relative error %.2e%n", output, Math.sqrt(sums[0] / sums[1])));
                    if (!(sums[0] / sums[1] < MAX_ERROR * MAX_ERROR)) {
                        throw new IllegalArgumentException("the variant's " + output
                                + " differs from the model's; some numbers do not fit its precision");
                    }
                });
                double reference = seconds(one, batches.get(0));
                double variant = seconds(other, batches.get(0));
                figures.append(String.format(
                        "- one thread, this machine: %.2f times as fast (%.1f and %.1f ms a run)%n",
                        reference / variant, 1e3 * variant, 1e3 * reference));
                batches.forEach(batch -> batch.values().forEach(OnnxTensor::close));
                return figures.toString();
            }
        }
    }

    private static List<Map<String, OnnxTensor>> batches(ModelManifest manifest, List<float[]> rows)
            throws OrtException {
        List<Map<String, OnnxTensor>> batches = new ArrayList<>();
        for (int from = 0; from + BATCH <= rows.size(); from += BATCH) {
            FloatBuffer pixels = FloatBuffer.allocate(BATCH * rows.get(0).length);
            rows.subList(from, from + BATCH).forEach(pixels::put);
            batches.add(Map.of(
                    input(manifest),
                    OnnxTensor.createTensor(OrtEnvironment.getEnvironment(), pixels.flip(), shape(manifest, BATCH))));
        }
        return batches;
    }

    /** Numbers of a normal distribution, ones for a mask. */
    private static Map<String, OnnxTensor> made(OrtSession session) throws OrtException {
        Random random = new Random(1);
        Map<String, OnnxTensor> inputs = new LinkedHashMap<>();
        for (String input : session.getInputNames()) {
            long[] shape = ((TensorInfo) session.getInputInfo().get(input).getInfo()).getShape();
            shape[0] = 32;
            if (Arrays.stream(shape).anyMatch(dimension -> dimension < 0)) {
                throw new IllegalArgumentException(
                        "the input " + input + " has further free dimensions, which this command cannot fill");
            }
            float[] values = new float[(int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
            for (int i = 0; i < values.length; i++) {
                values[i] = input.equals("mask") ? 1 : (float) random.nextGaussian() / 16;
            }
            inputs.put(
                    input, OnnxTensor.createTensor(OrtEnvironment.getEnvironment(), FloatBuffer.wrap(values), shape));
        }
        return inputs;
    }

    private static void add(double[] sums, OnnxTensor reference, OnnxTensor result) {
        FloatBuffer expected = reference.getFloatBuffer();
        FloatBuffer actual = result.getFloatBuffer();
        for (int i = 0; i < expected.remaining(); i++) {
            sums[0] += Math.pow(actual.get(i) - expected.get(i), 2);
            sums[1] += Math.pow(expected.get(i), 2);
        }
    }

    private static double seconds(OrtSession session, Map<String, OnnxTensor> inputs) throws OrtException {
        long start = 0;
        for (int run = 0; run < 2 * RUNS; run++) {
            if (run == RUNS) {
                start = System.nanoTime();
            }
            session.run(inputs).close();
        }
        return (System.nanoTime() - start) / 1e9 / RUNS;
    }
}
