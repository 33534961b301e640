// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.stack;

import java.io.File;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A child JVM whose output goes to a file and that ends with this one. */
public final class ChildProcess implements AutoCloseable {

    private static final Duration POLL = Duration.ofMillis(50);

    private final String name;
    private final Path log;
    private final Process process;
    private final Thread hook;
    private final ClassArchive archive;

    private ChildProcess(String name, Path log, Process process, ClassArchive archive) {
        this.archive = archive;
        this.name = name;
        this.log = log;
        this.process = process;
        this.hook = new Thread(process::destroyForcibly, "stop-" + name);
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /**
     * Starts a JVM that ends with this one.
     *
     * @param options of the JVM, without a class path
     * @param classPath of the main class
     * @param main the main class and its arguments
     */
    public static ChildProcess java(String name, Path folder, List<String> options, String classPath, List<String> main)
            throws IOException {
        return start(name, folder, options, withOwnClasses(classPath), main, ClassArchive.none());
    }

    /**
     * As {@link #java}, from a class-data archive where those are wanted.
     *
     * @param archive its name
     * @param classPath of the main class: jars, or {@code folder/*} for all of a folder
     */
    static ChildProcess javaFromArchive(
            String archive, String name, Path folder, List<String> options, String classPath, List<String> main)
            throws IOException {
        String jars = withOwnClasses(expanded(classPath));
        return start(
                name,
                folder,
                options,
                jars,
                main,
                ClassArchive.isWanted() ? ClassArchive.of(archive, jars) : ClassArchive.none());
    }

    private static ChildProcess start(
            String name, Path folder, List<String> options, String classPath, List<String> main, ClassArchive archive)
            throws IOException {
        Files.createDirectories(folder);
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(archive.options());
        command.addAll(options);
        command.add(ParentProcessWatchdog.class.getName());
        command.addAll(main);
        Path log = folder.resolve(name + ".log");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().put("CLASSPATH", classPath);
        return new ChildProcess(name, log, builder.start(), archive);
    }

    /** With all jars of a folder in the place of {@code folder/*}: an archive is of one list of jars. */
    private static String expanded(String classPath) throws IOException {
        if (!classPath.endsWith("/*")) {
            return classPath;
        }
        try (Stream<Path> files = Files.list(Path.of(classPath).getParent())) {
            return files.map(Path::toString)
                    .filter(file -> file.endsWith(".jar"))
                    .sorted()
                    .collect(Collectors.joining(File.pathSeparator));
        }
    }

    private static String withOwnClasses(String classPath) {
        return ownClasses() + File.pathSeparator + classPath;
    }

    private static String ownClasses() {
        return Path.of(URI.create(ParentProcessWatchdog.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toString()))
                .toString();
    }

    /**
     * Waits until it is ready.
     *
     * @throws IOException when it ends or the time is up, with the end of its log
     */
    public void await(BooleanSupplier ready, Duration timeout) throws IOException {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (!ready.getAsBoolean()) {
            if (!process.isAlive()) {
                throw new IOException(name + " ended with exit code " + process.exitValue()
                        + " while starting; the end of " + log + ":\n" + tail());
            }
            if (System.nanoTime() > deadline) {
                throw new IOException(name + " did not answer within " + timeout.toSeconds() + " s; the end of " + log
                        + ":\n" + tail());
            }
            try {
                process.waitFor(POLL.toMillis(), TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while " + name + " was starting", e);
            }
        }
        archive.started();
    }

    /** @throws IOException when it has ended, with the end of its log */
    public void requireAlive() throws IOException {
        if (!process.isAlive()) {
            throw new IOException(
                    name + " ended with exit code " + process.exitValue() + "; the end of " + log + ":\n" + tail());
        }
    }

    /** Processor time used so far; zero where the platform does not report it. */
    public Duration processorTime() {
        return process.info().totalCpuDuration().orElse(Duration.ZERO);
    }

    /** Its number at the operating system. */
    public long pid() {
        return process.pid();
    }

    /** Whether it has not ended. */
    public boolean isAlive() {
        return process.isAlive();
    }

    /** Kills it without a graceful end, and waits until it is gone. */
    public void kill() {
        process.destroyForcibly();
        try {
            process.waitFor(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private String tail() {
        try {
            List<String> lines = Files.readAllLines(log);
            return String.join("\n", lines.subList(Math.max(0, lines.size() - 15), lines.size()));
        } catch (IOException e) {
            return "(cannot be read: " + e.getMessage() + ")";
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM is already shutting down and runs the hook.
        }
    }

    /**
     * The port that a file holds, so that what is started in its folder again answers at the same address; another one,
     * which the file then holds, where there is no such file yet or something else listens there.
     *
     * @throws IOException when the file cannot be read or written
     */
    static int keptPort(Path file) throws IOException {
        int port = Files.exists(file) ? Integer.parseInt(Files.readString(file).strip()) : 0;
        if (port != 0) {
            try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (BindException e) {
                // Taken meanwhile.
            }
        }
        port = freePort();
        Files.writeString(file, Integer.toString(port));
        return port;
    }

    /** A port that was free a moment ago. */
    public static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
