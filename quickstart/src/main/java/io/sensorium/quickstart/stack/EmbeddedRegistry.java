// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.stack;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.jar.JarFile;
import java.util.stream.Stream;

/** An Apicurio registry as a child process, on loopback and a port that it keeps. For one thread. */
public final class EmbeddedRegistry implements AutoCloseable {

    private static final Duration START_TIMEOUT = Duration.ofSeconds(90);
    private static final String PATH = "/apis/ccompat/v7";

    private final Path home;
    private final Path folder;
    private final int port;
    private final Map<String, String> storage;
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
    private ChildProcess process;

    private EmbeddedRegistry(Path home, Path folder, int port, Map<String, String> storage) {
        this.home = home;
        this.folder = folder;
        this.port = port;
        this.storage = storage;
    }

    /**
     * Starts the process, which keeps schemas in a file; {@link #await()} waits until it answers.
     *
     * @param home the registry's folder, as the stack module lays it out
     * @param folder for data and logs
     * @throws IOException when there is no registry
     */
    public static EmbeddedRegistry start(Path home, Path folder) throws IOException {
        return start(
                home,
                folder,
                Map.of(
                        "apicurio.datasource.url",
                        "jdbc:h2:file:" + folder.resolve("registry-data").toAbsolutePath() + ";WRITE_DELAY=0"));
    }

    /** As {@link #start(Path, Path)}, with Apicurio's storage configuration. */
    public static EmbeddedRegistry start(Path home, Path folder, Map<String, String> storage) throws IOException {
        Files.createDirectories(folder);
        EmbeddedRegistry registry =
                new EmbeddedRegistry(home, folder, ChildProcess.keptPort(folder.resolve("registry-port")), storage);
        registry.launch();
        return registry;
    }

    private void launch() throws IOException {
        Path jar;
        try (Stream<Path> files = Files.list(home)) {
            jar = files.filter(file -> file.getFileName().toString().endsWith("-runner.jar"))
                    .findFirst()
                    .orElseThrow(() -> new IOException("no registry in " + home + "; build the stack module"));
        }
        String main;
        try (JarFile runner = new JarFile(jar.toFile())) {
            main = runner.getManifest().getMainAttributes().getValue("Main-Class");
        }
        List<String> options = new ArrayList<>(List.of(
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Dquarkus.http.host=127.0.0.1",
                "-Dquarkus.http.port=" + port,
                "-Dquarkus.http.access-log.enabled=false",
                // Twenty by default, opened at the start; with busy cores the first request then waited for more than
                // the 5 s that it may.
                "-Dapicurio.datasource.jdbc.initial-size=2",
                "-Dapicurio.datasource.jdbc.min-size=2",
                "-Dquarkus.datasource.h2.jdbc.acquisition-timeout=60"));
        storage.forEach((key, value) -> options.add("-D" + key + "=" + value));
        process = ChildProcess.javaFromArchive(
                "registry", "registry", folder, options, jar.toAbsolutePath().toString(), List.of(main));
    }

    /**
     * Waits until it answers. Confluent's own registry starts with BACKWARD, and clients count on it; this one starts
     * with no rule.
     *
     * @throws IOException when it does not answer, with the end of its log
     */
    public void await() throws IOException {
        process.await(() -> answers(backwardRule(url() + "/config")), START_TIMEOUT);
    }

    /** Kills it, as with {@code kill -9}. */
    public void kill() {
        process.kill();
    }

    /**
     * Starts it again on its port and storage, and waits until it answers.
     *
     * @throws IOException when it does not
     */
    public void restart() throws IOException {
        process.close();
        launch();
        await();
    }

    /**
     * Writes the BACKWARD rule at registered subjects of their own. This registry answers NONE for a subject that has
     * no rule of its own instead of falling back to the global one, and clients such as kafkajs then refuse to
     * register.
     *
     * @throws IOException when the registry does not take it
     */
    public void requireBackward(String... subjects) throws IOException {
        for (String subject : subjects) {
            if (!answers(backwardRule(url() + "/config/" + subject))) {
                throw new IOException("the registry at " + url() + " did not take a compatibility rule for " + subject);
            }
        }
    }

    private static HttpRequest backwardRule(String url) {
        return HttpRequest.newBuilder(URI.create(url))
                .header("Content-Type", "application/json")
                .timeout(Duration.ofSeconds(5))
                .PUT(HttpRequest.BodyPublishers.ofString("{\"compatibility\": \"BACKWARD\"}"))
                .build();
    }

    private boolean answers(HttpRequest request) {
        try {
            return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Base of the Confluent API, path included. */
    public String url() {
        return "http://127.0.0.1:" + port + PATH;
    }

    @Override
    public void close() {
        process.close();
    }
}
