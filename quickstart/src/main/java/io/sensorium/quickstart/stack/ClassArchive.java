// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.stack;

import io.sensorium.quickstart.layout.DistributionLayout;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32;

/**
 * A class-data archive for JVMs of one class path, which then need not parse and verify thousands of classes each. The
 * first JVM lists the classes that it loads; when it has started or ended, a process of low priority, which outlives
 * this one, makes the archive of them. Where a file cannot be written, JVMs start without. Safe for several threads and
 * processes.
 */
public final class ClassArchive {

    /** Nothing takes longer to make; what is older was left by a process that was killed. */
    private static final Duration LONGEST = Duration.ofMinutes(10);

    /** What each archive is made of, next to it. */
    private static final String LIST = ".classes";

    private final String classPath;
    private final Path archive;
    private final boolean lists;

    private ClassArchive(String classPath, Path archive, boolean lists) {
        this.classPath = classPath;
        this.archive = archive;
        this.lists = lists;
    }

    /**
     * Whether this process was started by the launcher, {@code sensorium.archives}: tests start programs from ever new
     * class paths, for which no archive pays.
     */
    static boolean isWanted() {
        return Boolean.getBoolean("sensorium.archives");
    }

    /** Without an archive. */
    static ClassArchive none() {
        return new ClassArchive("", null, false);
    }

    /**
     * The archive of a class path, below {@link DistributionLayout#cacheFolder()}.
     *
     * @param name of the program; archives of its earlier class paths are deleted
     * @param classPath jars, in the order in which the JVM gets them; with a folder among them there is no archive
     */
    public static ClassArchive of(String name, String classPath) {
        try {
            CRC32 key = new CRC32();
            for (String jar : classPath.split(File.pathSeparator)) {
                if (Files.isDirectory(Path.of(jar))) {
                    return none();
                }
                key.update((jar + Files.getLastModifiedTime(Path.of(jar))).getBytes(StandardCharsets.UTF_8));
            }
            key.update(System.getProperty("java.vm.version").getBytes(StandardCharsets.UTF_8));
            Path folder = Files.createDirectories(DistributionLayout.cacheFolder());
            Path archive = folder.resolve(name + "-" + key.getValue() + ".jsa");
            if (Files.exists(archive)) {
                return new ClassArchive(classPath, archive, false);
            }
            if (!claim(
                    file(archive, ".listed-by"),
                    Long.toString(ProcessHandle.current().pid()))) {
                ClassArchive found = new ClassArchive(classPath, archive, false);
                if (!found.stillListed()) {
                    found.make();
                }
                return found;
            }
            deleteEarlier(folder, name, archive);
            return new ClassArchive(classPath, archive, true);
        } catch (IOException e) {
            return none();
        }
    }

    private static Path file(Path archive, String suffix) {
        return archive.resolveSibling(archive.getFileName() + suffix);
    }

    /** Whether this process is the first to create a file. */
    private static boolean claim(Path file, String content) throws IOException {
        try {
            Files.createFile(file);
            Files.writeString(file, content);
            return true;
        } catch (FileAlreadyExistsException e) {
            return false;
        }
    }

    private static void deleteEarlier(Path folder, String name, Path archive) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                String each = file.getFileName().toString();
                if (each.matches(name + "-[0-9]+\\.jsa.*")
                        && !each.startsWith(archive.getFileName().toString())) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    private boolean stillListed() throws IOException {
        String pid = Files.readString(file(archive, ".listed-by"));
        // Not yet written, it belongs to a process that has just started.
        return pid.isEmpty()
                || ProcessHandle.of(Long.parseLong(pid))
                        .filter(ProcessHandle::isAlive)
                        .isPresent();
    }

    /** Options of the next JVM: it uses the archive, lists its classes for one, or neither. */
    public List<String> options() {
        if (archive == null) {
            return List.of();
        }
        if (lists) {
            return List.of("-XX:DumpLoadedClassList=" + file(archive, LIST));
        }
        return Files.exists(archive)
                ? List.of("-XX:SharedArchiveFile=" + archive, "-Xshare:auto", "-Xlog:cds=off")
                : List.of();
    }

    /** Makes the archive once the JVM that lists its classes has ended. */
    public void makeAfter(Process process) {
        if (lists) {
            process.onExit().thenRun(this::make);
        }
    }

    /** Makes the archive of what the JVM that lists its classes has loaded up to now. */
    void started() {
        if (lists) {
            make();
        }
    }

    /** Starts the process that makes the archive, where none does. */
    private void make() {
        if (archive == null || !Files.exists(file(archive, LIST))) {
            return;
        }
        Path making = file(archive, ".making");
        Path fresh = file(archive, ".fresh");
        try {
            if (Files.exists(making)
                    && Files.getLastModifiedTime(making)
                            .toInstant()
                            .isBefore(Instant.now().minus(LONGEST))) {
                Files.deleteIfExists(making);
            }
            if (Files.exists(archive) || !claim(making, "")) {
                return;
            }
            Path list = Files.write(file(archive, ".list"), archivable(Files.readAllLines(file(archive, LIST))));
            List<String> command = new ArrayList<>(List.of(
                    "/bin/sh",
                    "-c",
                    "trap '' INT TERM HUP; nice -n 19 \"$@\" && mv '" + fresh + "' '" + archive + "'; rm -f '" + making
                            + "'",
                    "make-class-archive"));
            command.addAll(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xshare:dump",
                    "-XX:SharedClassListFile=" + list,
                    "-XX:SharedArchiveFile=" + fresh,
                    "-XX:TieredStopAtLevel=1",
                    "-Xlog:disable"));
            ProcessBuilder builder = new ProcessBuilder(command);
            builder.environment().put("CLASSPATH", classPath);
            builder.redirectErrorStream(true)
                    .redirectOutput(file(archive, ".log").toFile())
                    .start();
        } catch (IOException e) {
            // Starts stay as slow as they are.
        }
    }

    /**
     * Without the classes that the archiving JVM makes for method handles: they have no bytes to show, and an agent or
     * Flight Recorder, which look at the bytes of every class, crash the JVM that loads one.
     */
    private static List<String> archivable(List<String> listed) {
        return listed.stream()
                .filter(line -> !line.startsWith("@lambda-form-invoker"))
                .toList();
    }
}
