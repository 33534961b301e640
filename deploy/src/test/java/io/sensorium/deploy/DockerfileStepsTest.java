// SPDX-License-Identifier: Apache-2.0
package io.sensorium.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The Dockerfiles' steps, executed in order in a root of their own: an overlay over this machine's, thrown away after.
 * It stands in for the base image, which nobody can pull here; what a base brings that this machine lacks (Flink's user
 * and folder) is laid there first.
 */
@Tag("slow")
class DockerfileStepsTest {

    private static final String BASE = """
            groupadd --system --gid=9999 flink && useradd --system --home-dir /opt/flink --uid=9999 --gid=flink flink
            mkdir -p /opt/flink && chown flink:flink /opt/flink
            """;

    private static final Path DPKG_UPDATES = Path.of("/var/lib/dpkg/updates");

    @TempDir
    Path folder;

    /** Executes a script as the root of a root of its own; the project is at its own path, its results are not. */
    private ProjectFiles.Outcome inOwnRoot(String script) throws Exception {
        Path inner = folder.resolve("steps.sh");
        Files.writeString(inner, "set -ex\n" + script);
        Path outer = folder.resolve("root.sh");
        Files.writeString(outer, """
                set -e
                mount -t tmpfs own "%1$s/own"
                mkdir "%1$s/own/upper" "%1$s/own/work" "%1$s/own/root"
                mount -t overlay overlay -o "lowerdir=/,upperdir=%1$s/own/upper,workdir=%1$s/own/work" "%1$s/own/root"
                mount --rbind /dev "%1$s/own/root/dev"
                mount -t proc proc "%1$s/own/root/proc"
                cp "%1$s/steps.sh" "%1$s/own/root/steps.sh"
                exec chroot "%1$s/own/root" bash /steps.sh
                """.formatted(folder));
        Files.createDirectories(folder.resolve("own"));
        return ProjectFiles.run(
                ProjectFiles.root(), List.of("unshare", "--mount", "--pid", "--fork", "bash", outer.toString()));
    }

    private void assumeOwnRoot() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "skipped: only root may mount");
        assumeTrue(
                hostPackages().isEmpty(),
                "skipped: the overlay starts from this machine's packages, and " + hostPackages());
        assumeTrue(inOwnRoot("true").exitCode() == 0, "skipped: this machine allows no overlay mounts");
    }

    /**
     * Why this machine's package state cannot serve as a base; empty where it can. An interrupted dpkg would fail every
     * installation in the overlay.
     */
    private static String hostPackages() throws Exception {
        try (Stream<Path> updates = Files.exists(DPKG_UPDATES) ? Files.list(DPKG_UPDATES) : Stream.empty()) {
            if (updates.findAny().isPresent()) {
                return "dpkg was interrupted on it (dpkg --configure -a repairs that)";
            }
        }
        ProjectFiles.Outcome audit = ProjectFiles.run(
                ProjectFiles.root(), List.of("sh", "-c", "command -v dpkg > /dev/null && dpkg --audit"));
        return audit.output().isBlank()
                ? ""
                : "dpkg --audit reports: "
                        + audit.output().strip().lines().findFirst().orElse("");
    }

    /** The steps as a shell script. COPY of files that the build has not made is skipped with a message. */
    private static String script(String dockerfile) throws Exception {
        List<String> script = new ArrayList<>(List.of("cd /"));
        for (String line : Files.readString(ProjectFiles.root().resolve("deploy/docker/" + dockerfile))
                .replace("\\\n", " ")
                .lines()
                .map(String::strip)
                .toList()) {
            if (line.startsWith("RUN ")) {
                script.add(line.substring(4));
            } else if (line.startsWith("WORKDIR ")) {
                script.add("mkdir -p " + line.substring(8) + "; cd " + line.substring(8));
            } else if (line.startsWith("COPY ") && !line.contains("--from=")) {
                String[] words = List.of(line.split("\\s+")).stream()
                        .skip(1)
                        .filter(word -> !word.startsWith("--"))
                        .toArray(String[]::new);
                Path source = ProjectFiles.root().resolve(words[0]);
                String copy = "mkdir -p \"$(dirname " + words[1] + ")\"; cp -r \"" + source + "\" " + words[1];
                script.add("if [ -e \"" + source + "\" ]; then " + copy + "; else echo NOT BUILT " + words[0] + "; fi");
                if (line.contains("--chown=")) {
                    script.add("[ ! -e " + words[1] + " ] || chown -R " + line.replaceAll(".*--chown=(\\S+).*", "$1")
                            + " " + words[1]);
                }
                if (line.contains("--chmod=")) {
                    script.add("[ ! -e " + words[1] + " ] || chmod -R " + line.replaceAll(".*--chmod=(\\S+).*", "$1")
                            + " " + words[1]);
                }
            }
        }
        return String.join("\n", script) + "\n";
    }

    @ParameterizedTest
    @ValueSource(strings = {"job.Dockerfile", "rollup.Dockerfile"})
    void stepsSucceedAndTheUserMayDoWhatItMust(String dockerfile) throws Exception {
        assumeOwnRoot();
        String user = dockerfile.startsWith("rollup") ? "10001:10001" : "9999:9999";
        String home = dockerfile.startsWith("rollup") ? "/opt/sensorium" : "/opt/flink/usrlib";
        String script = (dockerfile.startsWith("rollup") ? "" : BASE) + script(dockerfile) + "chroot --userspec=" + user
                + " / bash -ec 'touch /state/written; find " + home
                + " -type f -print0 | xargs -0 -r head -qc1 > /dev/null; ! touch /etc/written 2> /dev/null'\n";
        ProjectFiles.Outcome outcome = inOwnRoot(script);
        assertThat(outcome.exitCode()).as(outcome.output()).isZero();
        assertThat(Path.of("/opt/sensorium/rollup.sh"))
                .as("the steps' root is not this one")
                .doesNotExist();
    }

    /** The packages are Debian's of the same names; the base is Ubuntu's, whose index is not at hand. */
    @Test
    void theGpuImagesStepsSucceed() throws Exception {
        ProjectFiles.Outcome outcome = ProjectFiles.withPackagesLocked(() -> {
            assumeOwnRoot();
            assumeTrue(inOwnRoot("apt-get update").exitCode() == 0, "skipped: there is no package index in reach");
            return inOwnRoot(script("job-gpu.Dockerfile") + """
                    gosu flink bash -ec 'touch /state/written; test -w /opt/flink/usrlib'
                    test -x /usr/lib/jvm/java-17-openjdk-amd64/bin/java
                    """);
        });
        assertThat(outcome.exitCode()).as(outcome.output()).isZero();
    }
}
