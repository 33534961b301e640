package io.sensorium.trainer.convert;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sensorium.trainer.Parity;
import io.sensorium.trainer.onnx.OnnxGraph;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Converts nsfwjs' TensorFlow.js models into the bundled image encoder, one ONNX graph: pictures
 * {@code [batch, 299, 299, 3]} in 0..1 go in; out come the pooled ImageNet trunk of Inception v3 up to {@code mixed5}
 * ({@code embedding [batch, 768]}) and the five moderation probabilities of the mid-sized MobileNet v2
 * ({@code moderation [batch, 5]}), which reads the same pictures at 224 × 224.
 *
 * <p>The result is checked against outputs that TensorFlow.js computed; run {@code src/main/js/export.mjs} first.
 */
public final class ImageEncoderConversion {

    private static final int SIZE = 299;
    private static final double LARGEST_RELATIVE_ERROR = 1e-4;

    private ImageEncoderConversion() {}

    /** Arguments: the exporter's folder, the ONNX file to write. */
    public static void main(String[] args) throws IOException, OrtException {
        if (args.length != 2) {
            System.err.println("usage: ImageEncoderConversion EXPORT_DIR MODEL.onnx");
            System.exit(2);
        }
        Path exported = Path.of(args[0]);
        OnnxGraph graph = new OnnxGraph("image-encoder");
        String pixels = graph.node("Transpose", List.of(graph.input("pixels", -1, SIZE, SIZE, 3)), Map.of("perm", new long[] {0, 3, 1, 2}));
        String trunk = inception(graph, exported.resolve("inception_v3"), pixels, "mixed5");
        graph.output("embedding", graph.node("Flatten", graph.node("GlobalAveragePool", trunk)), -1, 768);
        String small = graph.node("Resize", List.of(pixels, "", graph.constant(new float[] {1, 1, 224f / SIZE, 224f / SIZE}, 4)),
                Map.of("mode", "linear", "coordinate_transformation_mode", "half_pixel"));
        graph.output("moderation", mobilenet(graph, exported.resolve("mobilenet_v2_mid"), small), -1, 5);
        byte[] model = graph.toModel();
        check(model, exported);
        Files.write(Path.of(args[1]), model);
        System.out.printf("wrote %s, %,d bytes%n", args[1], model.length);
    }

    private static String inception(OnnxGraph graph, Path folder, String pixels, String lastLayer) throws IOException {
        TensorFlowJsWeights weights = new TensorFlowJsWeights(folder);
        JsonNode layers = new ObjectMapper().readTree(folder.resolve("topology.json").toFile()).at("/model_config/config/layers");
        Map<String, String> outputs = new HashMap<>();
        for (JsonNode layer : layers) {
            String name = layer.get("name").asText();
            JsonNode config = layer.get("config");
            List<String> inputs = new ArrayList<>();
            layer.get("inbound_nodes").path(0).forEach(node -> inputs.add(outputs.get(node.get(0).asText())));
            outputs.put(name, switch (layer.get("class_name").asText()) {
                case "InputLayer" -> pixels;
                case "Conv2D" -> {
                    if (config.get("use_bias").asBoolean()) {
                        throw new IOException(name + ": a bias was not expected before a batch normalization");
                    }
                    yield graph.node("Conv", List.of(inputs.get(0), weights.addTo(graph, name + "/kernel", 3, 2, 0, 1)),
                            Map.of("strides", pair(config.get("strides")), "auto_pad", padding(config.get("padding").asText())));
                }
                case "BatchNormalization" -> {
                    float[] mean = weights.get(name + "/moving_mean").values();
                    float[] gamma = weights.has(name + "/gamma") ? weights.get(name + "/gamma").values() : filled(mean.length, 1);
                    yield graph.node("BatchNormalization", List.of(inputs.get(0), graph.constant(gamma, gamma.length),
                            weights.addTo(graph, name + "/beta", 0), graph.constant(mean, mean.length),
                            weights.addTo(graph, name + "/moving_variance", 0)), Map.of("epsilon", (float) config.get("epsilon").asDouble()));
                }
                case "Activation" -> graph.node("Relu", inputs.get(0));
                case "MaxPooling2D" -> graph.node("MaxPool", inputs, Map.of("kernel_shape", pair(config.get("pool_size")),
                        "strides", pair(config.get("strides")), "auto_pad", padding(config.get("padding").asText())));
                case "AveragePooling2D" -> graph.node("AveragePool", inputs, Map.of("kernel_shape", pair(config.get("pool_size")),
                        "strides", pair(config.get("strides")), "auto_pad", padding(config.get("padding").asText()), "count_include_pad", 0L));
                case "Concatenate" -> graph.node("Concat", inputs, Map.of("axis", 1L));
                default -> throw new IOException(name + ": no conversion for " + layer.get("class_name"));
            });
            if (name.equals(lastLayer)) {
                return outputs.get(name);
            }
        }
        throw new IOException("no layer " + lastLayer);
    }

    private static String mobilenet(OnnxGraph graph, Path folder, String pixels) throws IOException {
        TensorFlowJsWeights weights = new TensorFlowJsWeights(folder);
        JsonNode nodes = new ObjectMapper().readTree(folder.resolve("topology.json").toFile()).get("node");
        Map<String, JsonNode> byName = new HashMap<>();
        nodes.forEach(node -> byName.put(node.get("name").asText(), node));
        return graphNode(graph, weights, byName, new HashMap<>(), nodes.get(nodes.size() - 1).get("name").asText(), pixels);
    }

    private static String graphNode(OnnxGraph graph, TensorFlowJsWeights weights, Map<String, JsonNode> nodes, Map<String, String> done,
            String name, String pixels) throws IOException {
        if (done.containsKey(name)) {
            return done.get(name);
        }
        JsonNode node = nodes.get(name);
        String op = node.get("op").asText();
        JsonNode attributes = node.path("attr");
        List<String> names = new ArrayList<>();
        node.path("input").forEach(input -> names.add(input.asText()));
        List<String> inputs = new ArrayList<>();
        for (String input : names) {
            boolean weight = nodes.get(input).get("op").asText().equals("Const");
            inputs.add(weight ? null : graphNode(graph, weights, nodes, done, input, pixels));
        }
        String output = switch (op) {
            case "Placeholder" -> pixels;
            case "Mul", "Sub", "AddV2" -> {
                List<String> both = new ArrayList<>();
                for (int i = 0; i < 2; i++) {
                    both.add(inputs.get(i) != null ? inputs.get(i) : graph.constant(weights.get(names.get(i)).values()));
                }
                yield graph.node(op.equals("AddV2") ? "Add" : op, both, Map.of());
            }
            case "_FusedConv2D", "FusedDepthwiseConv2dNative" -> {
                boolean depthwise = op.startsWith("FusedDepthwise");
                long[] strides = {attributes.at("/strides/list/i/1").asLong(), attributes.at("/strides/list/i/2").asLong()};
                long channels = weights.get(names.get(1)).shape()[2];
                // TensorFlow's depthwise kernels are [h, w, in, 1], ONNX's [in, 1, h, w].
                String kernel = depthwise ? weights.addTo(graph, names.get(1), 2, 3, 0, 1) : weights.addTo(graph, names.get(1), 3, 2, 0, 1);
                String conv = graph.node("Conv", List.of(inputs.get(0), kernel, weights.addTo(graph, names.get(2), 0)),
                        Map.of("strides", strides, "auto_pad", padding(text(attributes.at("/padding/s"))), "group", depthwise ? channels : 1L));
                yield fusedActivation(graph, conv, attributes);
            }
            case "AvgPool" -> graph.node("GlobalAveragePool", inputs.get(0));
            case "Squeeze" -> graph.node("Flatten", inputs.get(0));
            case "_FusedMatMul" -> graph.node("Gemm", inputs.get(0), weights.addTo(graph, names.get(1), 0, 1), weights.addTo(graph, names.get(2), 0));
            case "Softmax" -> graph.node("Softmax", List.of(inputs.get(0)), Map.of("axis", 1L));
            case "Identity" -> inputs.get(0);
            default -> throw new IOException(name + ": no conversion for " + op);
        };
        done.put(name, output);
        return output;
    }

    private static String fusedActivation(OnnxGraph graph, String tensor, JsonNode attributes) throws IOException {
        String result = tensor;
        for (JsonNode fused : attributes.at("/fused_ops/list/s")) {
            result = switch (text(fused)) {
                case "BiasAdd" -> result;
                case "Relu6" -> graph.node("Clip", result, graph.constant(new float[] {0}), graph.constant(new float[] {6}));
                case "Relu" -> graph.node("Relu", result);
                default -> throw new IOException("no conversion for the fused operation " + text(fused));
            };
        }
        return result;
    }

    private static void check(byte[] model, Path exported) throws IOException, OrtException {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (OrtSession session = environment.createSession(model);
                OnnxTensor input = OnnxTensor.createTensor(environment, FloatBuffer.wrap(floats(exported.resolve("input.bin"))), new long[] {2, SIZE, SIZE, 3});
                OrtSession.Result result = session.run(Map.of("pixels", input))) {
            for (String output : List.of("embedding", "moderation")) {
                float[] reference = floats(exported.resolve(output + ".bin"));
                float[] ours = new float[reference.length];
                ((OnnxTensor) result.get(output).orElseThrow()).getFloatBuffer().get(ours);
                double error = Parity.relativeError(ours, reference);
                System.out.printf("%s: relative error against TensorFlow.js %.2e%n", output, error);
                if (!(error <= LARGEST_RELATIVE_ERROR)) {
                    throw new IOException(output + " differs from the original by " + error + ", more than " + LARGEST_RELATIVE_ERROR);
                }
            }
        }
    }

    private static float[] floats(Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        float[] values = new float[bytes.remaining() / Float.BYTES];
        bytes.asFloatBuffer().get(values);
        return values;
    }

    private static String text(JsonNode base64) throws IOException {
        return new String(base64.binaryValue(), java.nio.charset.StandardCharsets.UTF_8);
    }

    private static String padding(String tensorFlow) {
        return tensorFlow.equalsIgnoreCase("same") ? "SAME_UPPER" : "VALID";
    }

    private static long[] pair(JsonNode both) {
        return new long[] {both.get(0).asLong(), both.get(1).asLong()};
    }

    private static float[] filled(int length, float value) {
        float[] values = new float[length];
        java.util.Arrays.fill(values, value);
        return values;
    }
}
