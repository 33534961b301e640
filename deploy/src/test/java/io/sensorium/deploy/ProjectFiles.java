// SPDX-License-Identifier: Apache-2.0
package io.sensorium.deploy;

import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Where the project is, and the tools that check its files. */
final class ProjectFiles {

    private ProjectFiles() {}

    static Path root() {
        return Path.of(System.getProperty("sensorium.root", ".."))
                .toAbsolutePath()
                .normalize();
    }

    /** What became of a command. */
    record Outcome(int exitCode, String output) {}

    static Outcome run(Path folder, List<String> command) throws Exception {
        Path output = Files.createTempFile("command", ".log");
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        if (!process.waitFor(240, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            return new Outcome(-1, "not done within four minutes");
        }
        String printed = Files.readString(output);
        Files.delete(output);
        return new Outcome(process.exitValue(), printed);
    }

    /** A tool on the path; where it is missing, Debian's package brings it, if this may install packages. */
    static Optional<Path> tool(String name, String debianPackage) throws Exception {
        Optional<Path> found = find(name);
        if (found.isEmpty()
                && "root".equals(System.getProperty("user.name"))
                && find("apt-get").isPresent()) {
            withPackagesLocked(
                    () -> run(root(), List.of("apt-get", "install", "-y", "--no-install-recommends", debianPackage)));
            found = find(name);
        }
        return found;
    }

    /** Work on this machine's packages. */
    interface PackageWork<T> {
        T run() throws Exception;
    }

    /**
     * Keeps this project's test JVMs from installing packages while another installs, or uses the package state as a
     * base.
     */
    static <T> T withPackagesLocked(PackageWork<T> work) throws Exception {
        Path file = Path.of(System.getProperty("java.io.tmpdir"), "sensorium-packages.lock");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = channel.lock()) {
            assert lock.isValid();
            return work.run();
        }
    }

    private static Optional<Path> find(String name) {
        for (String folder : System.getenv("PATH").split(":")) {
            Path path = Path.of(folder, name);
            if (Files.isExecutable(path)) {
                return Optional.of(path);
            }
        }
        return Optional.empty();
    }
}
