package io.sensorium.quickstart;

import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.onnx.OnnxGraphSession;
import io.sensorium.operators.pack.ModelCatalog;
import io.sensorium.operators.pack.PackedModel;
import io.sensorium.quickstart.stack.EmbeddedStack;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** One broker and registry for all tests of a JVM; every test uses topics of its own. */
final class SharedStack {

    private static final List<String> MODELS = List.of("image-inception-mixed5", "text-bge-small-en", "audio-speech-embedding", "sentiment-late-attention", "match-dual-encoder");

    private static EmbeddedStack stack;

    private SharedStack() {}

    static synchronized EmbeddedStack get() throws IOException {
        if (stack == null) {
            Path distributions = Installation.root().resolve("quickstart/stack/target");
            stack = EmbeddedStack.start(distributions, Files.createTempDirectory("sensorium-it"));
            keepModelsOpen();
        }
        return stack;
    }

    /** Pipelines within this JVM share what is open, and need not load it one after the other. */
    private static void keepModelsOpen() {
        ModelCatalog catalog = ModelCatalog.load(List.of());
        for (String name : MODELS) {
            PackedModel model = catalog.find(name).orElseThrow();
            model.manifest().graphs().keySet().forEach(role -> OnnxGraphSession.open(model, role, new Device.Auto(), 1));
        }
    }
}
