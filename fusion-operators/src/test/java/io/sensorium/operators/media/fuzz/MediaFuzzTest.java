// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Files made by the grammar of their format and then changed by it, decoded in a process with a heap of 512 MB: each
 * ends in what the file holds, or in a refusal, within ten seconds, and the process lives. Where another decoder takes
 * the same bytes, the values are the same ({@link OtherDecoders}). A fault stands in {@code target/fuzz} with its seed;
 * {@code -Dsensorium.fuzz.only=png:123} tries one again, {@code -Dsensorium.fuzz.seed} begins elsewhere, {@code -Psoak}
 * tries 20 times as many.
 */
@Tag("slow")
class MediaFuzzTest {

    /** Seven in ten of all cases are media; the others are events, conditions and pipeline files. */
    private static final int CASES = Integer.getInteger("sensorium.fuzz.cases", 5_000) * 7 / 10;

    private static final long FIRST_SEED = Long.getLong("sensorium.fuzz.seed", 1);
    private static final String ONLY = System.getProperty("sensorium.fuzz.only", "");
    private static final long MAX_MEBIBYTES = 1_200;

    @Test
    void everyFileEndsInItsContentOrInARefusal() throws Exception {
        Path folder = Files.createDirectories(Path.of(System.getProperty("java.io.tmpdir"), "fuzz"));
        List<String> faults = new ArrayList<>();
        Map<String, Integer> figures = new TreeMap<>();
        boolean one = ONLY.matches("(wav|flac|mp3|ogg|png|jpeg|gif|webp):\\d+");
        long first = one ? Long.parseLong(ONLY.substring(ONLY.indexOf(':') + 1)) : FIRST_SEED;
        long end = one ? first + 1 : ONLY.isEmpty() ? first + CASES : first;
        while (first < end) {
            first = run(
                    folder,
                    first,
                    (int) (end - first),
                    one ? ONLY.substring(0, ONLY.indexOf(':')) : "",
                    faults,
                    figures);
        }
        System.err.println("media fuzz: seeds " + FIRST_SEED + " to " + (end - 1) + ", " + figures);
        assertThat(faults).isEmpty();
        if (ONLY.isEmpty() && CASES >= 500) {
            assertThat(figures.keySet())
                    .as("every format reaches what it holds and what is refused")
                    .contains(
                            "wav sound",
                            "flac sound",
                            "mp3 sound",
                            "ogg sound",
                            "png picture",
                            "jpeg picture",
                            "gif picture",
                            "webp picture",
                            "wav UNSUPPORTED",
                            "png CORRUPT",
                            "webp CORRUPT",
                            "flac TOO_LARGE");
            assertThat(figures.keySet())
                    .as("values are compared")
                    .contains(
                            "wav as another decoder has it",
                            "png as another decoder has it",
                            "jpeg as another decoder has it",
                            "gif as another decoder has it");
        }
    }

    /**
     * Runs cases in one process.
     *
     * @return the seed to go on with, which is past the last unless the process ended early
     */
    private static long run(
            Path folder, long first, int cases, String only, List<String> faults, Map<String, Integer> figures)
            throws IOException, InterruptedException {
        Path log = folder.resolve("log");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:ErrorFile=" + folder.resolve("crash-%p.log"),
                "-XX:-CreateCoredumpOnCrash",
                "-Djava.io.tmpdir=" + folder,
                "-Dorg.bytedeco.javacpp.cachedir=" + folder.resolve("natives"),
                "-cp",
                System.getProperty("java.class.path"),
                MediaFuzzRun.class.getName(),
                folder.toString(),
                "" + first,
                "" + cases));
        if (!only.isEmpty()) {
            command.add(only);
        }
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        boolean ended = process.waitFor(Math.max(300, cases / 5), TimeUnit.SECONDS);
        process.destroyForcibly().waitFor();
        List<String> lines = Files.readAllLines(log);
        lines.stream().filter(line -> line.startsWith(MediaFuzzRun.FAULT)).forEach(faults::add);
        lines.stream().filter(line -> line.startsWith(MediaFuzzRun.FIGURES)).forEach(line -> add(line, figures));
        if (ended && process.exitValue() == 0) {
            Matcher peak = Pattern.compile("peak resident memory (\\d+) MiB").matcher(String.join("\n", lines));
            assertThat(peak.find()).as(String.join("\n", lines)).isTrue();
            System.err.println("media fuzz: " + lines.get(lines.size() - 1));
            assertThat(Long.parseLong(peak.group(1))).as("MiB resident").isLessThan(MAX_MEBIBYTES);
            return first + cases;
        }
        String doing = Files.readString(folder.resolve("doing"));
        Files.copy(
                folder.resolve("doing.bin"),
                folder.resolve(doing.replace(':', '-') + ".bin"),
                java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        faults.add(MediaFuzzRun.FAULT + doing
                + (ended ? " PROCESS ended with " + process.exitValue() : " still running") + ": "
                + lines.stream().skip(Math.max(0, lines.size() - 5)).toList());
        return Long.parseLong(doing.substring(doing.indexOf(':') + 1)) + 1;
    }

    private static void add(String line, Map<String, Integer> figures) {
        for (String figure : line.substring(MediaFuzzRun.FIGURES.length())
                .replaceAll("[{}]", "")
                .split(", ")) {
            figures.merge(
                    figure.substring(0, figure.indexOf('=')),
                    Integer.parseInt(figure.substring(figure.indexOf('=') + 1)),
                    Integer::sum);
        }
    }
}
