// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static io.sensorium.integration.CommandProcess.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.quickstart.layout.DistributionLayout;
import io.sensorium.quickstart.stack.ChildProcess;
import io.sensorium.quickstart.stack.EmbeddedRollup;
import io.sensorium.results.Rollup;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The dashboard in a headless Chromium, over a real pipeline's topics; a picture of each state is kept in
 * {@code target/dashboard}.
 */
class DashboardIT {

    private static final long T = 1_700_000_000_000L;
    private static final List<String> BROWSERS = List.of(
            "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/opt/google/chrome/chrome");

    @TempDir
    Path folder;

    private boolean execute(Path where, String... command) throws Exception {
        try {
            Process process = new ProcessBuilder(command)
                    .directory(where.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("install.log").toFile())
                    .start();
            if (process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                return process.exitValue() == 0;
            }
            process.destroyForcibly();
            return false;
        } catch (IOException e) {
            return false;
        }
    }

    /** One that is there, or that Debian's packages bring. */
    private String browser() throws Exception {
        Optional<String> there = BROWSERS.stream()
                .filter(path -> Files.isExecutable(Path.of(path)))
                .findFirst();
        if (there.isEmpty() && "root".equals(System.getProperty("user.name"))) {
            execute(folder, "apt-get", "install", "-y", "--no-install-recommends", "chromium");
            there = BROWSERS.stream()
                    .filter(path -> Files.isExecutable(Path.of(path)))
                    .findFirst();
        }
        assumeTrue(
                there.isPresent(),
                "skipped: there is no Chromium at " + BROWSERS
                        + ", and apt-get does not bring one; install Debian's chromium");
        return there.get();
    }

    @Test
    void isWhatPeopleWantToLookAt() throws Exception {
        String browser = browser();
        Path script = folder.resolve("script");
        Files.createDirectories(script);
        for (String file : List.of("package.json", "check.mjs")) {
            Files.copy(
                    DistributionLayout.root()
                            .resolve("integration-tests/src/test/js/dashboard")
                            .resolve(file),
                    script.resolve(file));
        }
        assumeTrue(
                execute(script, "npm", "install", "--no-audit", "--no-fund"),
                "skipped: npm cannot install playwright-core and axe-core here");
        try (TestTopics topics = new TestTopics(SharedStack.get(), 1)) {
            int port = ChildProcess.freePort();
            Path file = folder.resolve("pipeline.yaml");
            Files.writeString(
                    file,
                    topics.yaml("strategy: tumbling, size: 10s", "parallelism: 1, checkpoint_interval: 1s")
                            + topics.rollup(folder.resolve("state"), port, 0));
            fill(topics);
            topics.runBounded(PipelineFile.read(file));
            Path pictures =
                    Files.createDirectories(DistributionLayout.root().resolve("integration-tests/target/dashboard"));
            try (EmbeddedRollup app = EmbeddedRollup.start(DistributionLayout.rollupClassPath(), folder, file, port)) {
                app.awaitDashboard();
                Path errors = folder.resolve("errors.log");
                Process check = new ProcessBuilder("node", "check.mjs", app.url(), browser, pictures.toString())
                        .directory(script.toFile())
                        .redirectError(errors.toFile())
                        .start();
                List<String> output = new ArrayList<>();
                try (BufferedReader lines = check.inputReader()) {
                    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                        output.add(line);
                        if (line.equals("KILL")) {
                            app.kill();
                        }
                    }
                }
                assertThat(check.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                        .isTrue();
                assertThat(check.exitValue())
                        .as(String.join("\n", output) + "\n" + Files.readString(errors))
                        .isZero();
            }
            try (Stream<Path> kept = Files.list(pictures)) {
                assertThat(kept.map(path -> path.getFileName().toString()))
                        .contains(
                                "live-light.png",
                                "paused.png",
                                "filtered-by-group.png",
                                "dark.png",
                                "narrow-dark.png",
                                "wide-dark.png",
                                "connection-lost.png");
            }
        }
    }

    private static void fill(TestTopics topics) throws Exception {
        topics.send("text", topics.event("text", "beach", "t", T + 1, "What a wonderful morning at the beach!"));
        topics.send("image", topics.event("image", "beach", "i", T, TestTopics.sample("beach.jpg")));
        topics.send("audio", topics.event("audio", "beach", "a", T + 2, TestTopics.sample("beach.wav")));
        String markup = "<img src=x onerror=window.pwned=1>";
        topics.send(
                "text",
                topics.event(
                        "text",
                        markup,
                        "\"><script>window.pwned=2</script>",
                        T + 1,
                        "<script>window.pwned=3</script> and terrible"));
        topics.send(
                "image",
                topics.withGroup(
                        topics.event("image", markup, "javascript:alert(1)", T, TestTopics.sample("crash.png")),
                        "\" onmouseover=\"window.pwned=4"));
        topics.send("image", topics.event("image", "lonely", "i", T, TestTopics.sample("beach.jpg")));
        for (int i = 0; i < 5; i++) {
            topics.send("text", topics.event("text", "day-" + i, "t" + i, T + 10 + i, "An awful day, I hate this"));
            topics.send(
                    "audio", topics.event("audio", "day-" + i, "a" + i, T + 20 + i, TestTopics.sample("beach.wav")));
        }
        topics.sendRaw("audio", "x", "no event at all".getBytes(StandardCharsets.UTF_8));
        topics.flush();
    }

    /**
     * Every path of the OpenAPI description is answered, with the fields that it names; a request whose host is not a
     * loopback name comes from a page of another origin.
     */
    @Test
    void answersAsItsDescriptionSpecifies() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 1)) {
            int port = ChildProcess.freePort();
            Path file = folder.resolve("pipeline.yaml");
            Files.writeString(
                    file,
                    topics.yaml("strategy: tumbling, size: 10s", "parallelism: 1, checkpoint_interval: 1s")
                            + topics.rollup(folder.resolve("state"), port, 0));
            topics.runBounded(PipelineFile.read(file));
            try (EmbeddedRollup app = EmbeddedRollup.start(DistributionLayout.rollupClassPath(), folder, file, port)) {
                app.awaitDashboard();
                HttpClient http = HttpClient.newHttpClient();
                assertThat(http.send(
                                        HttpRequest.newBuilder(URI.create(app.url() + "api/media/..%2Fother/0/0"))
                                                .build(),
                                        HttpResponse.BodyHandlers.ofString())
                                .statusCode())
                        .isIn(400, 404);
                assertThat(http.send(
                                        HttpRequest.newBuilder(URI.create(app.url() + "api/media/text/0/0"))
                                                .build(),
                                        HttpResponse.BodyHandlers.ofString())
                                .statusCode())
                        .isEqualTo(404);
                JsonNode description = new YAMLMapper()
                        .readTree(http.send(
                                        HttpRequest.newBuilder(URI.create(app.url() + "openapi.yaml"))
                                                .build(),
                                        HttpResponse.BodyHandlers.ofString())
                                .body());
                for (String path :
                        (Iterable<String>) () -> description.get("paths").fieldNames()) {
                    if (!path.equals("/api/feed")) {
                        String request =
                                path.substring(1).replace("{modality}", "text").replaceAll("\\{[a-z]+}", "0");
                        assertThat(http.send(
                                                HttpRequest.newBuilder(URI.create(app.url() + request))
                                                        .build(),
                                                HttpResponse.BodyHandlers.ofString())
                                        .body())
                                .as(path)
                                .doesNotContain("Endpoint");
                    }
                }
                assertThat(description
                                .at("/components/schemas/Rollup/properties")
                                .fieldNames())
                        .toIterable()
                        .containsExactlyElementsOf(Rollup.getClassSchema().getFields().stream()
                                .map(Schema.Field::name)
                                .toList());
                try (java.net.Socket socket = new java.net.Socket("127.0.0.1", port)) {
                    socket.getOutputStream()
                            .write("GET /api/pipeline HTTP/1.1\r\nHost: rebound.example\r\nConnection: close\r\n\r\n"
                                    .getBytes(StandardCharsets.US_ASCII));
                    assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                            .startsWith("HTTP/1.1 403");
                }
            }
        }
    }
}
