// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Media that unpack to much, claim much or take long, in a process with little memory: each ends in a picture, a sound
 * or a refusal, in bounded time, and the process lives.
 */
@Tag("slow")
class MalformedMediaFuzzTest {

    /** The limit of 10 s, and what a garbage collection or a busy machine adds. */
    private static final long MAX_MILLIS = 30_000;
    /** A heap of 512 MB and native decoders. */
    private static final long MAX_MEBIBYTES = 1_200;

    @TempDir
    Path folder;

    @Test
    void nothingBringsTheProcessDownOrHoldsItUp() throws Exception {
        HostileCorpus.write(folder);
        Path log = folder.resolve("log");
        Process process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx512m",
                        "-Dorg.bytedeco.javacpp.cachedir=" + folder.resolve("natives"),
                        "-cp",
                        System.getProperty("java.class.path"),
                        HostileMediaRun.class.getName(),
                        folder.toString()))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        boolean ended = process.waitFor(300, TimeUnit.SECONDS);
        process.destroyForcibly();
        String told = Files.readString(log);
        assertThat(ended)
                .as("still decoding " + Files.readString(folder.resolve("decoding")) + "\n" + told)
                .isTrue();
        assertThat(process.exitValue())
                .as("it ended while decoding " + Files.readString(folder.resolve("decoding")) + "\n" + told)
                .isZero();
        Matcher figures = Pattern.compile("longest (\\d+) ms .*peak resident memory (\\d+) MiB")
                .matcher(told);
        assertThat(figures.find()).as(told).isTrue();
        System.err.println("hostile media: " + told.strip());
        assertThat(Long.parseLong(figures.group(1))).as(told).isLessThan(MAX_MILLIS);
        assertThat(Long.parseLong(figures.group(2))).as(told).isLessThan(MAX_MEBIBYTES);
        assertThat(told).as("the files reach every outcome").contains("CORRUPT=", "TOO_LARGE=", "picture=", "sound=");
    }
}
