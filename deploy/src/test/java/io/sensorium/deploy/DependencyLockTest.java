// SPDX-License-Identifier: Apache-2.0
package io.sensorium.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Every library that is run is one of {@code dependencies.lock}, by name and SHA-256: a changed or swapped one is seen
 * in a review. {@code -Dsensorium.write-lock=true} rewrites the file from what {@code mvn -DskipTests package} brought;
 * docs/security.md lists the checks before that.
 */
class DependencyLockTest {

    private static final List<String> FOLDERS = List.of(
            "processors/rollup-app/target/lib",
            "quickstart/stack/target/broker",
            "integration-tests/cluster/target/flink");
    private static final List<String> CLASS_PATHS =
            List.of("quickstart/target/classpath", "benchmarks/target/classpath");

    private static TreeSet<String> used() throws Exception {
        List<Path> jars = new ArrayList<>();
        for (String classPath : CLASS_PATHS) {
            Path file = ProjectFiles.root().resolve(classPath);
            assumeTrue(Files.exists(file), "skipped: there is no " + classPath + "; mvn package makes it");
            Stream.of(Files.readString(file).strip().split(":")).map(Path::of).forEach(jars::add);
        }
        for (String folder : FOLDERS) {
            Path home = ProjectFiles.root().resolve(folder);
            assumeTrue(Files.isDirectory(home), "skipped: there is no " + folder + "; mvn package makes it");
            try (Stream<Path> files = Files.list(home)) {
                jars.addAll(files.toList());
            }
        }
        TreeSet<String> lines = new TreeSet<>();
        for (Path jar : jars) {
            String name = jar.getFileName().toString();
            if (name.endsWith(".jar") && !name.startsWith("sensorium-")) {
                lines.add(name + " " + sha256(jar));
            }
        }
        return lines;
    }

    private static String sha256(Path file) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
    }

    @Test
    void everyLibraryIsOneThatWasLookedAt() throws Exception {
        assumeTrue(
                System.getProperty("os.name").equals("Linux")
                        && System.getProperty("os.arch").equals("amd64"),
                "skipped: the lock is of Linux on x86-64, whose native libraries it names");
        TreeSet<String> used = used();
        Path lock = ProjectFiles.root().resolve("dependencies.lock");
        if (Boolean.getBoolean("sensorium.write-lock")) {
            write(lock, used);
        }
        TreeSet<String> locked = new TreeSet<>(Files.readAllLines(lock));
        TreeSet<String> others = new TreeSet<>(used);
        others.removeAll(locked);
        assertThat(others).as("libraries that dependencies.lock does not have").isEmpty();
        TreeSet<String> gone = new TreeSet<>(locked);
        gone.removeAll(used);
        assertThat(gone).as("entries that nothing uses").isEmpty();
    }

    private static void write(Path lock, TreeSet<String> used) throws IOException {
        Files.write(lock, used);
    }
}
