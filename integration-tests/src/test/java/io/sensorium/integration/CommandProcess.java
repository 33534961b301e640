// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import io.sensorium.quickstart.SensoriumCommand;
import io.sensorium.quickstart.layout.DistributionLayout;
import io.sensorium.quickstart.layout.OpenedPackages;
import io.sensorium.quickstart.stack.ClassArchive;
import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.awaitility.core.TerminalFailureException;

/** The command line as a process of its own, as the launcher starts it. */
final class CommandProcess {

    /** Compiles quickly rather than well, which is best for what runs for a minute and is not measured. */
    static final String SHORT_LIVED = "-XX:TieredStopAtLevel=1";

    /** How long what is expected may take. Long, for machines that do much else: nobody waits where it comes. */
    static final Duration PATIENCE = Duration.ofMinutes(5);

    private CommandProcess() {}

    /** A process's resident memory. */
    static long residentBytes(long pid) throws IOException {
        return Files.readAllLines(Path.of("/proc", Long.toString(pid), "status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                .findFirst()
                .orElseThrow();
    }

    /**
     * Waits for a condition as long as a process runs.
     *
     * @param folder of its logs, which the message contains where the condition does not come to hold
     */
    static void await(String what, Process process, Duration patience, Path folder, Callable<Boolean> condition)
            throws IOException {
        try {
            Awaitility.await(what)
                    .atMost(patience)
                    .failFast("the process ended", () -> !process.isAlive())
                    .until(condition);
        } catch (ConditionTimeoutException | TerminalFailureException e) {
            throw new AssertionError(
                    what + ": " + e.getMessage() + "; its errors:\n" + Files.readString(folder.resolve("err.log")), e);
        }
    }

    /** The command line's jar and its libraries. */
    private static String classPath() throws IOException {
        Path target = DistributionLayout.root().resolve("quickstart/target");
        try (DirectoryStream<Path> jars = Files.newDirectoryStream(target, "sensorium-quickstart-*.jar")) {
            return jars.iterator().next()
                    + File.pathSeparator
                    + Files.readString(target.resolve("classpath")).strip();
        }
    }

    /** @param folder for its logs: {@code out.log} is standard output, {@code err.log} standard error */
    static Process start(Path folder, String... arguments) throws IOException {
        return start(folder, List.of("-Xmx1g", SHORT_LIVED), arguments);
    }

    /** @param options of the JVM */
    static Process start(Path folder, List<String> options, String... arguments) throws IOException {
        return start(folder, options, Map.of(), arguments);
    }

    /** @param environment variables, over those of the tests */
    static Process start(Path folder, List<String> options, Map<String, String> environment, String... arguments)
            throws IOException {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(OpenedPackages.options());
        String classPath = classPath();
        ClassArchive archive = ClassArchive.of("command", classPath);
        command.addAll(archive.options());
        command.addAll(options);
        command.addAll(List.of(
                "-XX:+UseG1GC",
                "-Dsensorium.root=" + DistributionLayout.root(),
                "-Dsensorium.log=" + folder.resolve("command.log"),
                SensoriumCommand.class.getName()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        folder.resolve("out.log").toFile()))
                .redirectError(ProcessBuilder.Redirect.appendTo(
                        folder.resolve("err.log").toFile()));
        builder.environment().put("CLASSPATH", classPath);
        builder.environment().putAll(environment);
        Process process = builder.start();
        archive.makeAfter(process);
        // A test that fails half-way must not leave it running.
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        return process;
    }
}
