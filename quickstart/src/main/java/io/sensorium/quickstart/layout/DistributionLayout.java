// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.layout;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Where the parts of the product are: in a checkout below each module's {@code target}, in an installation below
 * {@code lib}. The launcher states which by the system properties {@code sensorium.root} and
 * {@code sensorium.installed}.
 */
public final class DistributionLayout {

    private DistributionLayout() {}

    /** The root of the checkout or of the installation; the working folder where the launcher states none. */
    public static Path root() {
        return Path.of(System.getProperty("sensorium.root", "."))
                .toAbsolutePath()
                .normalize();
    }

    /** The options of a JVM that this one starts, so that it finds the same parts. */
    public static List<String> jvmOptions() {
        return List.of("-Dsensorium.root=" + root(), "-Dsensorium.installed=" + installed());
    }

    private static boolean installed() {
        return Boolean.getBoolean("sensorium.installed");
    }

    private static Path part(String checkout, String installation) {
        return root().resolve(installed() ? installation : checkout);
    }

    /** The broker's and the registry's files, laid out by the stack module. */
    public static Path stackDistributions() {
        return part("quickstart/stack/target", "lib/stack");
    }

    /** The jar that clusters get: the job with everything that Flink does not bring. */
    public static Path jobJar() {
        return part("processors/job-jar/target/sensorium-job.jar", "lib/sensorium-job.jar");
    }

    /** Where commands put what they need for a while: in a checkout, or else in the working folder. */
    public static Path workFolder() {
        return installed() ? Path.of(".sensorium").toAbsolutePath() : root().resolve(".sensorium");
    }

    /**
     * Where files are kept that only make later starts faster: in a checkout in {@link #workFolder()}, else in the
     * user's cache.
     */
    public static Path cacheFolder() {
        if (!installed()) {
            return workFolder().resolve("cache");
        }
        String cache = System.getenv("XDG_CACHE_HOME");
        return (cache == null || cache.isBlank() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(cache))
                .resolve("sensorium");
    }

    /**
     * The class path of the roll-up app, which is not that of the other commands.
     *
     * @throws IOException when it cannot be read
     */
    public static String rollupClassPath() throws IOException {
        return classPath("processors/rollup-app", "classpath", "rollup");
    }

    /**
     * The class path of the benchmarks.
     *
     * @param kafkaStreams whether of the contender on Kafka Streams, whose RocksDB is not Flink's
     * @throws IOException when it cannot be read
     */
    public static String benchmarksClassPath(boolean kafkaStreams) throws IOException {
        return classPath(
                "benchmarks",
                kafkaStreams ? "classpath-kafka-streams" : "classpath",
                kafkaStreams ? "bench-kafka-streams" : "bench");
    }

    /** A module's jar; its classes where they are newer. */
    private static Path ownPart(Path target) throws IOException {
        Path classes = target.resolve("classes");
        try (DirectoryStream<Path> jars = Files.newDirectoryStream(target, "sensorium-*.jar");
                Stream<Path> compiled = Files.walk(classes)) {
            FileTime newest = compiled.map(DistributionLayout::modified)
                    .max(Comparator.naturalOrder())
                    .orElseThrow();
            for (Path jar : jars) {
                if (!jar.toString().endsWith("-tests.jar") && modified(jar).compareTo(newest) >= 0) {
                    return jar;
                }
            }
        }
        return classes;
    }

    private static FileTime modified(Path file) {
        try {
            return Files.getLastModifiedTime(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String classPath(String module, String file, String name) throws IOException {
        if (!installed()) {
            Path target = root().resolve(module).resolve("target");
            return ownPart(target)
                    + File.pathSeparator
                    + Files.readString(target.resolve(file)).strip();
        }
        Path lib = root().resolve("lib");
        return Files.readString(lib.resolve(name + ".classpath"))
                .lines()
                .map(jar -> lib.resolve(jar).toString())
                .collect(Collectors.joining(File.pathSeparator));
    }
}
