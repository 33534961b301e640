package io.sensorium.trainer;

import io.sensorium.operators.pack.ModelCatalog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A view of a pack with only the models that the bundled one lacks or is about to have replaced: retraining a bundled head
 * in place would otherwise meet itself on the class path.
 */
final class IsolatedPack {

    private IsolatedPack() {}

    static Path without(Path pack, ModelCatalog bundled) throws IOException {
        Path copy = Files.createTempDirectory("sensorium-pack");
        List<String> models = new ArrayList<>();
        try (var folders = Files.list(pack)) {
            for (Path folder : folders.filter(Files::isDirectory).sorted().toList()) {
                Path manifest = folder.resolve("model.yaml");
                String name = folder.getFileName().toString();
                boolean head = Files.exists(folder.resolve("CARD.md"));
                if (!head || !Files.exists(manifest)) {
                    continue;
                }
                Files.createDirectories(copy.resolve(name));
                for (String file : List.of("model.yaml", "model.onnx", "CARD.md")) {
                    Files.copy(folder.resolve(file), copy.resolve(name).resolve(file));
                }
                if (bundled.find(name).isPresent()) {
                    // Another version number keeps the two apart for the length of this run.
                    String yaml = Files.readString(copy.resolve(name).resolve("model.yaml"));
                    Files.writeString(copy.resolve(name).resolve("model.yaml"), yaml.replaceFirst("(?m)^version: .*$", "version: \"999.0.0\""));
                }
                models.add(name);
            }
        }
        Files.writeString(copy.resolve("pack.yaml"), "name: isolated\nversion: 0.0.0\nmodels: " + models + "\n");
        return copy;
    }
}
