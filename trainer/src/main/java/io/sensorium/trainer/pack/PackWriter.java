// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer.pack;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import io.sensorium.operators.pack.ModelCatalog;
import io.sensorium.operators.pack.ModelManifest;
import io.sensorium.operators.pack.ModelManifest.GraphSpec;
import io.sensorium.operators.pack.ModelManifest.Slot;
import io.sensorium.operators.pack.PackedModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes a model into a pack: {@code model.onnx}, {@code model.yaml}, {@code CARD.md}, and its line in
 * {@code pack.yaml}.
 */
public final class PackWriter {

    private static final ObjectMapper YAML = new ObjectMapper(
                    new YAMLFactory().disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER))
            .setSerializationInclusion(JsonInclude.Include.NON_EMPTY)
            .setPropertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE);

    private PackWriter() {}

    /** The head as the operators will load it, from a pack of its own under a version that no other pack has. */
    public static PackedModel loaded(ModelManifest manifest, Map<String, byte[]> graphs) throws IOException {
        ModelManifest alone = manifest.withVersion(manifest.version() + "-measured");
        Path pack = Files.createTempDirectory("sensorium-pack");
        write(pack, alone, graphs, "");
        return ModelCatalog.load(List.of(pack)).find(alone.id()).orElseThrow();
    }

    /**
     * @param graphs by role
     * @throws IOException when the pack cannot be written
     */
    public static void write(Path pack, ModelManifest manifest, Map<String, byte[]> graphs, String card)
            throws IOException {
        Path folder = pack.resolve(manifest.name());
        Files.createDirectories(folder);
        for (Map.Entry<String, byte[]> graph : graphs.entrySet()) {
            Files.write(folder.resolve(graph.getKey() + ".onnx"), graph.getValue());
        }
        Files.writeString(folder.resolve("CARD.md"), card);
        Files.writeString(folder.resolve("model.yaml"), YAML.writeValueAsString(manifest));
        Path index = pack.resolve("pack.yaml");
        Map<String, Object> content = new LinkedHashMap<>(
                Map.of("name", pack.toAbsolutePath().getFileName().toString(), "version", "0.1.0"));
        List<Object> models = new ArrayList<>();
        if (Files.exists(index)) {
            content = YAML.readValue(index.toFile(), LinkedHashMap.class);
            models.addAll((List<?>) content.get("models"));
        }
        if (!models.contains(manifest.name())) {
            models.add(manifest.name());
        }
        content.put("models", models);
        Files.writeString(index, YAML.writeValueAsString(content));
    }

    /** The requested version, or 1.0.0- and the start of the graph's hash. */
    public static String version(String requested, byte[] graph) {
        return requested != null
                ? requested
                : "1.0.0-" + PackedModel.sha256(graph).substring(0, 8);
    }

    /**
     * A head's graph with its slots and a mask as inputs.
     *
     * @param further inputs
     */
    public static GraphSpec spec(
            String file, byte[] graph, List<Slot> slots, Map<String, long[]> further, Map<String, long[]> outputs) {
        Map<String, long[]> inputs = new LinkedHashMap<>(further);
        slots.forEach(slot -> inputs.put(slot.name(), new long[] {-1, slot.dimension()}));
        inputs.put("mask", new long[] {-1, slots.size()});
        return new GraphSpec(file, PackedModel.sha256(graph), inputs, outputs);
    }

    /** The model card. */
    public static String card(
            ModelManifest manifest, String figures, double parity, String split, String train, String evaluate) {
        return "# " + manifest.id() + "\n\n" + manifest.description() + "\n\n"
                + "- Data: " + String.join("; ", manifest.terms().data()) + "\n- Terms: commercial use: "
                + manifest.terms().commercial()
                + "; the weights carry the data's terms.\n- Split: " + split + "\n- Encoders: "
                + manifest.slots().stream()
                        .map(slot -> slot.name() + " " + slot.encoders())
                        .toList() + "\n"
                + String.format(
                        "- Export: ONNX against the training framework, largest relative error %.1e (random and real "
                                + "rows, single and batched, full and partial)%n",
                        parity)
                + "\n## Figures\n\n" + figures + "\nTrained by `" + train + "`; the figures come again from\n`"
                + evaluate + "`.\n";
    }
}
