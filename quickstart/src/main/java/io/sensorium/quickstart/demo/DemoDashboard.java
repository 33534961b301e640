// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.demo;

import io.sensorium.quickstart.layout.DistributionLayout;
import io.sensorium.quickstart.stack.ChildProcess;
import io.sensorium.quickstart.stack.EmbeddedRollup;
import java.awt.Desktop;
import java.awt.GraphicsEnvironment;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * The demo's dashboard. It starts late: its process takes two seconds of processor time, which the first result would
 * wait for.
 */
final class DemoDashboard implements AutoCloseable {

    private final Path folder;
    private final Path pipeline;
    private final int port;
    private final boolean opensBrowser;
    private final Consumer<String> messages;
    private EmbeddedRollup rollup;
    private volatile boolean closed;

    /**
     * A dashboard that has not started.
     *
     * @param folder for its log
     * @param pipeline the pipeline file, which need not be there yet
     * @param messages gets its address once it is there, or why it is not
     * @throws IOException when no port is free
     */
    DemoDashboard(Path folder, Path pipeline, boolean opensBrowser, Consumer<String> messages) throws IOException {
        this.folder = folder;
        this.pipeline = pipeline;
        this.port = ChildProcess.freePort();
        this.opensBrowser = opensBrowser;
        this.messages = messages;
    }

    /** Its port on loopback. */
    int port() {
        return port;
    }

    /** Its address, from the beginning. */
    String url() {
        return "http://127.0.0.1:" + port + "/";
    }

    /**
     * Starts it in the background; does nothing where it has started.
     *
     * @throws IOException when its process cannot be created
     */
    void start() throws IOException {
        if (rollup == null) {
            EmbeddedRollup started = EmbeddedRollup.start(DistributionLayout.rollupClassPath(), folder, pipeline, port);
            rollup = started;
            CompletableFuture.runAsync(() -> open(started));
        }
    }

    /** @throws IOException when it has started and ended, with the end of its log */
    void requireAlive() throws IOException {
        if (rollup != null) {
            rollup.requireAlive();
        }
    }

    private void open(EmbeddedRollup started) {
        try {
            started.awaitDashboard();
            messages.accept(url());
            openBrowser();
        } catch (IOException e) {
            if (!closed) {
                messages.accept("is not there: " + e.getMessage());
            }
        }
    }

    private void openBrowser() {
        if (opensBrowser
                && !GraphicsEnvironment.isHeadless()
                && Desktop.isDesktopSupported()
                && Desktop.getDesktop().isSupported(Desktop.Action.BROWSE)) {
            try {
                Desktop.getDesktop().browse(URI.create(url()));
            } catch (IOException e) {
                messages.accept("no browser could be opened: " + e.getMessage());
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        if (rollup != null) {
            rollup.close();
        }
    }
}
