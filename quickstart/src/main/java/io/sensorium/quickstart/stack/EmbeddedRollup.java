// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.stack;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * The roll-up app as a child process: its RocksDB and Flink's are the same classes, so it has a class path of its own.
 */
public final class EmbeddedRollup implements AutoCloseable {

    private static final Duration START_TIMEOUT = Duration.ofSeconds(60);

    private final ChildProcess process;
    private final String url;

    private EmbeddedRollup(ChildProcess process, String url) {
        this.process = process;
        this.url = url;
    }

    /**
     * Starts the app; {@link #awaitDashboard()} waits for it.
     *
     * @param classPath the app's
     * @param folder for its log
     * @param pipeline the pipeline file
     * @param port of its {@code rollup.http} on loopback
     */
    public static EmbeddedRollup start(String classPath, Path folder, Path pipeline, int port) throws IOException {
        ChildProcess process = ChildProcess.javaFromArchive(
                "rollup",
                "rollup",
                folder,
                List.of(
                        "-Xmx256m",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Dsensorium.log=" + folder.resolve("rollup-app.log")),
                classPath,
                List.of(
                        "io.sensorium.rollup.RollupCommand",
                        "-c",
                        pipeline.toAbsolutePath().toString()));
        return new EmbeddedRollup(process, "http://127.0.0.1:" + port);
    }

    /**
     * Waits until the page is served.
     *
     * @throws IOException when the app ends or does not answer, with the end of its log
     */
    public void awaitDashboard() throws IOException {
        HttpClient http =
                HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
        process.await(
                () -> {
                    try {
                        return http.send(
                                                HttpRequest.newBuilder(URI.create(url + "/health/live"))
                                                        .timeout(Duration.ofSeconds(2))
                                                        .build(),
                                                HttpResponse.BodyHandlers.discarding())
                                        .statusCode()
                                == 200;
                    } catch (IOException e) {
                        return false;
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                        return false;
                    }
                },
                START_TIMEOUT);
    }

    /** @throws IOException when it has ended, with the end of its log */
    public void requireAlive() throws IOException {
        process.requireAlive();
    }

    /** Kills it as {@code kill -9} does. */
    public void kill() {
        process.kill();
    }

    /** The dashboard's address. */
    public String url() {
        return url + "/";
    }

    @Override
    public void close() {
        process.close();
    }
}
