package io.sensorium.deploy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Where the project is, and the tools that check its files. */
final class ProjectFiles {

    private ProjectFiles() {}

    static Path root() {
        return Path.of(System.getProperty("sensorium.root", "..")).toAbsolutePath().normalize();
    }

    /** What became of a command. */
    record Outcome(int exitCode, String output) {}

    static Outcome run(Path folder, List<String> command) throws Exception {
        Path output = Files.createTempFile("command", ".log");
        Process process = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).redirectOutput(output.toFile()).start();
        if (!process.waitFor(240, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            return new Outcome(-1, "not done within four minutes");
        }
        return new Outcome(process.exitValue(), Files.readString(output));
    }

    /** A tool on the path; where it is missing, Debian's package brings it, if this may install packages. */
    static Optional<Path> tool(String name, String debianPackage) throws Exception {
        Optional<Path> found = find(name);
        if (found.isEmpty() && "root".equals(System.getProperty("user.name")) && find("apt-get").isPresent()) {
            run(root(), List.of("apt-get", "install", "-y", "--no-install-recommends", debianPackage));
            found = find(name);
        }
        return found;
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
