// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sensorium.quickstart.layout.DistributionLayout;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When {@code ./sensorium} builds, in a checkout of empty files with a Maven and a Java that only note their calls. */
class LauncherTest {

    private static final List<String> MODULES = List.of(
            "schemas",
            "packs/encoders",
            "packs/recognition",
            "packs/research",
            "fusion-operators",
            "processors/pipeline-file",
            "processors/fusion-job",
            "processors/rollup-app",
            "quickstart/stack",
            "quickstart");

    @TempDir
    Path checkout;

    @TempDir
    Path tools;

    private final Instant built = Instant.now().minusSeconds(600);

    @BeforeEach
    void aCheckoutThatMavenHasBuilt() throws IOException {
        Files.copy(
                DistributionLayout.root().resolve("sensorium"),
                checkout.resolve("sensorium"),
                StandardCopyOption.COPY_ATTRIBUTES);
        Path options = Path.of("dist/src/main/bin/start-options.bash");
        Files.createDirectories(checkout.resolve(options).getParent());
        Files.copy(DistributionLayout.root().resolve(options), checkout.resolve(options));
        file("pom.xml", built.minusSeconds(60));
        for (String module : MODULES) {
            file(module + "/pom.xml", built.minusSeconds(60));
            file(module + "/src/main/java/A.java", built.minusSeconds(60));
            file(module + "/src/test/java/ATest.java", Instant.now());
            file(module + "/target/classes/A.class", built.minusSeconds(1));
            file(module + "/target/a.jar", built);
        }
        for (String module : List.of("quickstart", "processors/rollup-app")) {
            Files.writeString(
                    checkout.resolve(module + "/target/classpath"),
                    checkout.resolve("schemas/target/a.jar") + ":"
                            + checkout.resolve("processors/pipeline-file/target/a.jar"));
        }
        tool("mvn", "echo \"mvn $*\"");
        tool("java", "echo started");
    }

    private Path file(String name, Instant modified) throws IOException {
        Path file = checkout.resolve(name);
        Files.createDirectories(file.getParent());
        if (!Files.exists(file)) {
            Files.createFile(file);
        }
        return Files.setLastModifiedTime(file, FileTime.from(modified));
    }

    private void tool(String name, String line) throws IOException {
        Files.writeString(tools.resolve(name), "#!/bin/sh\n" + line + " >> \"" + tools.resolve("calls") + "\"\n");
        Files.setPosixFilePermissions(tools.resolve(name), PosixFilePermissions.fromString("rwx------"));
    }

    /** What a start calls. */
    private List<String> start(String command) throws Exception {
        Files.deleteIfExists(tools.resolve("calls"));
        ProcessBuilder builder =
                new ProcessBuilder(checkout.resolve("sensorium").toString(), command);
        builder.environment().put("PATH", tools + ":" + System.getenv("PATH"));
        builder.environment().remove("JAVA_HOME");
        builder.environment().remove("SENSORIUM_LOG");
        Process process = builder.redirectErrorStream(true).start();
        try (InputStream output = process.getInputStream()) {
            String all = new String(output.readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as(all).isZero();
        }
        return Files.readAllLines(tools.resolve("calls"));
    }

    @Test
    void aBuildThatMavenMadeIsTaken() throws Exception {
        assertThat(start("validate")).containsExactly("started");
        assertThat(start("rollup")).containsExactly("started");
    }

    @Test
    void whatIsNewerIsBuiltOnce() throws Exception {
        file("processors/pipeline-file/src/main/java/A.java", Instant.now());
        assertThat(start("rollup")).hasSize(2).first().asString().contains("-am package");
        assertThat(start("rollup")).as("Maven had nothing to do").containsExactly("started");
        assertThat(start("validate")).as("the same build").containsExactly("started");
        file("processors/fusion-job/src/main/java/A.java", Instant.now());
        assertThat(start("rollup")).as("a module that it does not need").containsExactly("started");
        assertThat(start("validate")).hasSize(2);
    }

    @Test
    void classesThatAreNewerThanTheJarOnTheClassPathDoNotCount() throws Exception {
        file("schemas/src/main/java/A.java", built.plusSeconds(10));
        file("schemas/target/classes/A.class", built.plusSeconds(20));
        assertThat(start("validate")).hasSize(2);
    }

    @Test
    void theThirdStartOfTheDemoLoadsItsClassesFromAnArchive() throws Exception {
        tool(
                "java",
                "for each; do case $each in"
                        + " -XX:DumpLoadedClassList=*) printf 'A id: 0\\n@lambda-form-invoker B\\n' > ${each#*=} ;;"
                        + " -XX:SharedClassListFile=*) list=${each#*=} ;;"
                        + " *.fresh) cp $list ${each#*=} ;; esac; done; echo \"$*\"");
        assertThat(start("demo"))
                .singleElement()
                .asString()
                .contains("-XX:DumpLoadedClassList=")
                .doesNotContain("SharedArchiveFile");
        start("demo");
        Path cache = checkout.resolve(".sensorium/cache");
        await("the archive").until(() -> {
            try (Stream<Path> files = Files.list(cache)) {
                List<String> names =
                        files.map(file -> file.getFileName().toString()).toList();
                return names.stream().anyMatch(name -> name.endsWith(".jsa"))
                        && names.stream().noneMatch(name -> name.endsWith(".making"));
            }
        });
        String third = start("demo").get(0);
        assertThat(third).contains("-XX:SharedArchiveFile=" + cache);
        String archive = third.replaceAll(".*-XX:SharedArchiveFile=([^ ]*).*", "$1");
        assertThat(Path.of(archive)).as("the listed classes").hasContent("A id: 0\n");
        assertThat(start("validate")).singleElement().asString().doesNotContain("SharedArchiveFile");
    }

    @Test
    void aReadOnlyCheckoutStartsAsItIs() throws Exception {
        file("schemas/src/main/java/A.java", Instant.now());
        try (Stream<Path> all = Files.walk(checkout)) {
            for (Path each : all.filter(Files::isDirectory).toList()) {
                Files.setPosixFilePermissions(each, PosixFilePermissions.fromString("r-xr-xr-x"));
            }
        }
        try {
            // The administrator may write everywhere, and then builds.
            assertThat(start("validate"))
                    .hasSize(Files.isWritable(checkout) ? 2 : 1)
                    .endsWith("started");
        } finally {
            try (Stream<Path> all = Files.walk(checkout)) {
                for (Path each : all.filter(Files::isDirectory).toList()) {
                    Files.setPosixFilePermissions(each, PosixFilePermissions.fromString("rwxr-xr-x"));
                }
            }
        }
    }
}
