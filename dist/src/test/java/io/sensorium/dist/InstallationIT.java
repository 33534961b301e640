// SPDX-License-Identifier: Apache-2.0
package io.sensorium.dist;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The installation in a folder of its own, far from the checkout: where there is an archive what it unpacks to, else
 * the same files. It sees a Java runtime and the tools of a shell, no Maven and no environment of the build.
 */
class InstallationIT {

    private static final Path BUILT = Path.of(System.getProperty("sensorium.installation"));

    @TempDir
    private Path folder;

    private Path home;

    private record Result(int code, String output) {}

    @BeforeEach
    void install() throws Exception {
        home = folder.resolve("opt").resolve(BUILT.getFileName());
        Path archive = BUILT.resolveSibling(BUILT.getFileName() + ".tar.gz");
        if (Files.exists(archive)) {
            Files.createDirectories(home.getParent());
            Process unpack = new ProcessBuilder(
                            "tar",
                            "-xzf",
                            archive.toString(),
                            "-C",
                            home.getParent().toString())
                    .inheritIO()
                    .start();
            assertThat(unpack.waitFor()).isZero();
        } else {
            link(BUILT, home);
        }
    }

    private static void link(Path from, Path to) throws IOException {
        Files.walkFileTree(from, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
                    throws IOException {
                Files.createDirectories(to.resolve(from.relativize(directory)));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Path target = to.resolve(from.relativize(file));
                try {
                    Files.createLink(target, file);
                } catch (IOException | UnsupportedOperationException e) {
                    // Another file system.
                    Files.copy(file, target);
                }
                return FileVisitResult.CONTINUE;
            }
        });
    }

    private Result run(String... arguments) throws Exception {
        List<String> command =
                new ArrayList<>(List.of(home.resolve("bin/sensorium").toString()));
        command.addAll(List.of(arguments));
        Path output = Files.createTempFile(folder, "output", ".txt");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(Files.createDirectories(folder.resolve("work")).toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        Map<String, String> environment = builder.environment();
        environment.clear();
        environment.put("JAVA_HOME", System.getProperty("java.home"));
        environment.put("PATH", "/usr/bin:/bin");
        environment.put("HOME", folder.toString());
        environment.put("SENSORIUM_HEAP", "1g");
        Process process = builder.start();
        assertThat(process.waitFor(4, TimeUnit.MINUTES)).as("ended").isTrue();
        return new Result(process.exitValue(), Files.readString(output));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--help",
                "run --help",
                "rollup --help",
                "train --help",
                "evaluate --help",
                "quantize --help",
                "bench --help"
            })
    void everyCommandStarts(String command) throws Exception {
        Result result = run(command.split(" "));
        assertThat(result.code()).as(result.output()).isZero();
        assertThat(result.output()).contains("Usage: ");
    }

    @Test
    void modelsAreThere() throws Exception {
        Result result = run("models");
        assertThat(result.code()).as(result.output()).isZero();
        assertThat(result.output()).contains("text-bge-small-en", "sentiment-late-attention");
        assertThat(home.resolve("licences/LICENSE")).exists();
        assertThat(home.resolve("licences/models/sentiment-late-attention/CARD.md"))
                .exists();
        assertThat(home.resolve("examples/pipeline.yaml")).exists();
        assertThat(home.resolve("conf/sensorium.env")).exists();
    }

    /** Broker, registry, job, roll-up app and dashboard, each from its place in the installation. */
    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void theDemoRuns() throws Exception {
        Path figures = folder.resolve("figures.json");
        Result result = run("demo", "--no-browser", "--seconds", "20", "--json", figures.toString());
        assertThat(result.code()).as(result.output()).isZero();
        assertThat(result.output()).contains("dashboard", "match", "POSITIVE");
        assertThat(figures).content().contains("\"sentiment\"");
    }
}
