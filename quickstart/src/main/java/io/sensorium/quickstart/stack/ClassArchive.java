// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import io.sensorium.quickstart.runtime.DistributionLayout;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.zip.CRC32;

/**
 * A class-data archive for JVMs of one class path, which then need not parse and verify thousands of classes each. The
 * first JVM lists the classes that it loads; when it has ended, the archive is made of them while the tests go on.
 */
final class ClassArchive {

    private static final Path FOLDER = DistributionLayout.root().resolve("integration-tests/target/class-archives");

    private final String classPath;
    private final Path archive;
    private final Path list;
    private final boolean lists;

    private ClassArchive(String classPath, Path archive, boolean lists) {
        this.classPath = classPath;
        this.archive = archive;
        this.list = archive.resolveSibling(archive.getFileName() + ".classes");
        this.lists = lists;
    }

    /** @param classPath jars, in the order in which the JVM gets them */
    static ClassArchive of(String name, String classPath) throws IOException {
        CRC32 key = new CRC32();
        for (String jar : classPath.split(File.pathSeparator)) {
            key.update((jar + Files.getLastModifiedTime(Path.of(jar))).getBytes(StandardCharsets.UTF_8));
        }
        Path archive = Files.createDirectories(FOLDER).resolve(name + "-" + key.getValue() + ".jsa");
        boolean first = false;
        if (!Files.exists(archive)) {
            try {
                Files.createFile(archive.resolveSibling(archive.getFileName() + ".first"));
                first = true;
            } catch (FileAlreadyExistsException e) {
                // Another process lists its classes.
            }
        }
        return new ClassArchive(classPath, archive, first);
    }

    /** Options of the next JVM: it uses the archive, lists its classes for one, or neither. */
    List<String> options() {
        if (lists) {
            return List.of("-XX:DumpLoadedClassList=" + list);
        }
        return Files.exists(archive)
                ? List.of("-XX:SharedArchiveFile=" + archive, "-Xshare:auto", "-Xlog:cds=off")
                : List.of();
    }

    /** Makes the archive once the JVM that lists its classes has ended. */
    void makeAfter(Process process) {
        if (lists) {
            process.onExit().thenRun(this::make);
        }
    }

    private void make() {
        Path fresh = archive.resolveSibling(archive.getFileName() + ".fresh");
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xshare:dump",
                "-XX:SharedClassListFile=" + list,
                "-XX:SharedArchiveFile=" + fresh,
                "-XX:TieredStopAtLevel=1",
                "-Xlog:disable");
        builder.environment().put("CLASSPATH", classPath);
        builder.redirectErrorStream(true)
                .redirectOutput(
                        archive.resolveSibling(archive.getFileName() + ".log").toFile());
        try {
            if (builder.start().waitFor() == 0) {
                Files.move(fresh, archive, StandardCopyOption.ATOMIC_MOVE);
            }
        } catch (IOException e) {
            System.err.println("no class archive " + archive + ": " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
