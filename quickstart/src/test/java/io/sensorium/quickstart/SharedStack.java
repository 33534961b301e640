package io.sensorium.quickstart;

import io.sensorium.quickstart.stack.EmbeddedStack;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** One broker and registry for all tests of a JVM; every test uses topics of its own. */
final class SharedStack {

    private static EmbeddedStack stack;

    private SharedStack() {}

    static synchronized EmbeddedStack get() throws IOException {
        if (stack == null) {
            Path distributions = Installation.root().resolve("quickstart/stack/target");
            stack = EmbeddedStack.start(distributions, Files.createTempDirectory("sensorium-it"));
        }
        return stack;
    }
}
