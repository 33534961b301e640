// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sensorium.quickstart.layout.DistributionLayout;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClassArchiveTest {

    /** Reading a record makes method handles of several types. */
    private static final String PROGRAM = """
            import java.io.ByteArrayInputStream;
            import java.io.ByteArrayOutputStream;
            import java.io.ObjectInputStream;
            import java.io.ObjectOutputStream;
            import java.io.Serializable;
            public class Program {
              record Values(int a, long b, double c, String d, byte e, float f) implements Serializable {}
              public static void main(String[] args) throws Exception {
                ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                new ObjectOutputStream(bytes).writeObject(new Values(1, 2, 3, "d", (byte) 5, 6));
                System.out.println(new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray())).readObject());
              }
            }
            """;

    private static final String OUTPUT = "Values[a=1, b=2, c=3.0, d=d, e=5, f=6.0]";

    @TempDir
    Path folder;

    private final String name = "class-archive-test-" + ProcessHandle.current().pid();

    @AfterEach
    void deleteArchives() throws IOException {
        try (Stream<Path> files = Files.list(DistributionLayout.cacheFolder())) {
            for (Path file : files.filter(each -> each.getFileName().toString().startsWith(name))
                    .toList()) {
                Files.delete(file);
            }
        }
    }

    private Path jar() throws IOException {
        Path source = Files.writeString(folder.resolve("Program.java"), PROGRAM);
        assertThat(ToolProvider.getSystemJavaCompiler()
                        .run(null, null, null, "-d", folder.toString(), source.toString()))
                .isZero();
        Path jar = folder.resolve("program.jar");
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream out = new JarOutputStream(file)) {
            for (String each : List.of("Program.class", "Program$Values.class")) {
                out.putNextEntry(new JarEntry(each));
                out.write(Files.readAllBytes(folder.resolve(each)));
            }
        }
        return jar;
    }

    private String run(Path jar, ClassArchive archive, String... options) throws Exception {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(archive.options());
        command.addAll(List.of(options));
        command.addAll(List.of("-XX:-CreateCoredumpOnCrash", "-cp", jar.toString(), "Program"));
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        archive.makeAfter(process);
        try (InputStream output = process.getInputStream()) {
            String text = new String(output.readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as(text).isZero();
            return text;
        }
    }

    @Test
    void aJvmWithAnArchiveCanBeRecordedAndTakesAgents() throws Exception {
        Path jar = jar();
        assertThat(run(jar, ClassArchive.of(name, jar.toString()))).contains(OUTPUT);
        await("the archive")
                .atMost(Duration.ofMinutes(3))
                .until(() -> ClassArchive.of(name, jar.toString())
                        .options()
                        .toString()
                        .contains("SharedArchiveFile"));
        // Flight Recorder looks at every class that is loaded, as agents do.
        assertThat(run(
                        jar,
                        ClassArchive.of(name, jar.toString()),
                        "-XX:StartFlightRecording=filename=" + folder.resolve("recording.jfr")))
                .contains(OUTPUT);
    }
}
