// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.reference;

import io.sensorium.job.config.PipelineConfig.References;
import io.sensorium.job.records.IngestRecord.Reference;
import io.sensorium.operators.encode.Content;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** Fetches a file whose name has a letter beyond ASCII, in a process with a locale of choice. */
final class LocaleProbe {

    private static final long TIMEOUT_S = 60;

    private LocaleProbe() {}

    /** @return what the process printed */
    static String run(String locale, Path folder) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        LocaleProbe.class.getName(),
                        folder.toString())
                .redirectErrorStream(true);
        builder.environment().put("LC_ALL", locale);
        Process process = builder.start();
        process.getOutputStream().close();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(TIMEOUT_S, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
        return printed.lines().reduce((first, second) -> second).orElse("");
    }

    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        try {
            Files.write(folder.resolve("\u00e9.bin"), new byte[3]);
        } catch (InvalidPathException e) {
            System.out.println("this locale cannot name the file");
        }
        References references = new References(
                List.of("file"),
                List.of(),
                List.of(folder.toString()),
                List.of(),
                List.of(),
                Duration.ofSeconds(1),
                Duration.ofSeconds(10),
                Duration.ofSeconds(20),
                1,
                Duration.ofMillis(1),
                0,
                1,
                new References.Breaker(50, 4, Duration.ofMinutes(10)),
                new References.S3("", "us-east-1", false));
        try (ReferenceFetcher fetcher = new ReferenceFetcher("probe", references, 1 << 10, 1 << 10)) {
            Content content = fetcher.fetch(new Reference(folder.toUri() + "%C3%A9.bin", -1, null, false))
                    .get(TIMEOUT_S, TimeUnit.SECONDS);
            System.out.println("read " + ((Content.Media) content).bytes().length + " bytes");
        } catch (ExecutionException e) {
            System.out.println(((ReferenceException) e.getCause()).code() + " "
                    + e.getCause().getMessage());
        }
    }
}
