// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.reference;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.records.FailureCode;
import io.sensorium.job.records.IngestRecord.Reference;
import io.sensorium.operators.encode.Content;
import io.sensorium.operators.pack.PackedModel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What a reference leads to is fetched, within limits, from a server that lies and stalls and from folders. */
class ReferenceFetcherTest extends ReferenceHarness {

    @Test
    void whatIsThereAndAsItShouldBeIsFetched() throws Exception {
        Path file = Files.createDirectories(folder.resolve("media")).resolve("a b.png");
        Files.write(file, MEDIA);
        redirect("/moved", "/media");
        try (ReferenceFetcher fetcher = fetcher(Duration.ofSeconds(10), 1)) {
            for (String uri : List.of(
                    at("/media"),
                    at("/moved"),
                    file.toUri().toString(),
                    "file:" + file.toUri().getRawPath())) {
                Content content = fetch(fetcher, new Reference(uri, MEDIA.length, PackedModel.sha256(MEDIA), false));
                assertThat(((Content.Media) content).bytes()).as(uri).isEqualTo(MEDIA);
            }
            assertThat(fetch(fetcher, new Reference(at("/media"), -1, null, true)))
                    .isEqualTo(new Content.Text("picture"));
        }
    }

    @Test
    void whatIsNotWhatTheReferenceSaysIsCorrupt() throws Exception {
        answer("/latin", exchange -> reply(exchange, 200, new byte[] {'c', 'a', 'f', (byte) 0xe9}));
        try (ReferenceFetcher fetcher = fetcher(Duration.ofSeconds(10), 3)) {
            fails(
                    fetcher,
                    new Reference(at("/media"), 6, null, false),
                    FailureCode.CORRUPT_MEDIA,
                    "has 7 bytes, the reference has 6");
            fails(
                    fetcher,
                    new Reference(at("/media"), -1, PackedModel.sha256(new byte[1]), false),
                    FailureCode.CORRUPT_MEDIA,
                    "SHA-256");
            fails(fetcher, new Reference(at("/latin"), -1, null, true), FailureCode.CORRUPT_MEDIA, "UTF-8");
        }
        assertThat(requests)
                .as("nothing is tried twice that cannot end differently")
                .hasValue(3);
    }

    @Test
    void sizesAreBoundedBeforeAndWhileReading() throws Exception {
        answer("/declared", exchange -> {
            exchange.sendResponseHeaders(200, 1L << 40);
            over.await(30, TimeUnit.SECONDS);
        });
        answer("/endless", exchange -> {
            exchange.sendResponseHeaders(200, 0);
            byte[] some = new byte[8192];
            while (over.getCount() > 0) {
                exchange.getResponseBody().write(some);
            }
        });
        answer("/packed", exchange -> {
            exchange.getResponseHeaders().set("Content-Encoding", "gzip");
            reply(exchange, 200, MEDIA);
        });
        try (ReferenceFetcher fetcher = fetcher(Duration.ofSeconds(10), 3)) {
            fails(
                    fetcher,
                    new Reference(at("/media"), MOST + 1, null, false),
                    FailureCode.MEDIA_TOO_LARGE,
                    "by the reference");
            assertThat(requests).hasValue(0);
            fails(fetcher, to(at("/declared")), FailureCode.MEDIA_TOO_LARGE, "1099511627776 bytes");
            fails(fetcher, to(at("/endless")), FailureCode.MEDIA_TOO_LARGE, "more than its stated length");
            assertThat(((Content.Media) fetch(fetcher, to(at("/packed")))).bytes())
                    .as("nothing is unpacked")
                    .isEqualTo(MEDIA);
        }
    }

    @Test
    void timeIsBoundedHoweverSlowlyItDrips() throws Exception {
        answer("/drips", exchange -> {
            exchange.sendResponseHeaders(200, 0);
            while (!over.await(20, TimeUnit.MILLISECONDS)) {
                exchange.getResponseBody().write('x');
                exchange.getResponseBody().flush();
            }
        });
        answer("/silent", exchange -> over.await(30, TimeUnit.SECONDS));
        try (ReferenceFetcher fetcher = fetcher(Duration.ofMillis(300), 2)) {
            fails(fetcher, to(at("/drips")), FailureCode.REFERENCE_UNREACHABLE, "references.timeout");
            fails(fetcher, to(at("/silent")), FailureCode.REFERENCE_UNREACHABLE, "references.timeout");
            assertThat(((Content.Media) fetch(
                                    fetcher,
                                    to(Files.write(
                                                    Files.createDirectories(folder.resolve("media"))
                                                            .resolve("x"),
                                                    MEDIA)
                                            .toUri()
                                            .toString())))
                            .bytes())
                    .as("workers are free again")
                    .isEqualTo(MEDIA);
        }
    }

    @Test
    void noMoreThanItMayAreFetchedAtOnce() throws Exception {
        AtomicInteger now = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        answer("/slow", exchange -> {
            most.accumulateAndGet(now.incrementAndGet(), Math::max);
            while (now.get() < 2 && most.get() < 2) {
                Thread.onSpinWait();
            }
            now.decrementAndGet();
            reply(exchange, 200, MEDIA);
        });
        List<CompletableFuture<Content>> all = new ArrayList<>();
        try (ReferenceFetcher fetcher = new ReferenceFetcher(
                "test", references(List.of("127.0.0.0/8"), Duration.ofSeconds(10), 1, 2), MOST, MAX_CHARS)) {
            for (int i = 0; i < 20; i++) {
                all.add(fetcher.fetch(to(at("/slow"))));
            }
            for (CompletableFuture<Content> one : all) {
                assertThat(one.get(30, TimeUnit.SECONDS)).isNotNull();
            }
        }
        assertThat(most).hasValue(2);
    }

    @Test
    void aTextIsHeldAgainstTheLimitOnTexts() throws Exception {
        answer(
                "/long",
                exchange -> reply(exchange, 200, "é".repeat(MAX_CHARS + 1).getBytes(StandardCharsets.UTF_8)));
        answer("/just", exchange -> reply(exchange, 200, "é".repeat(MAX_CHARS).getBytes(StandardCharsets.UTF_8)));
        try (ReferenceFetcher fetcher = fetcher(Duration.ofSeconds(10), 1)) {
            fails(
                    fetcher,
                    new Reference(at("/long"), -1, null, true),
                    FailureCode.MEDIA_TOO_LARGE,
                    "limits.text_chars");
            assertThat(((Content.Text) fetch(fetcher, new Reference(at("/just"), -1, null, true))).text())
                    .hasSize(MAX_CHARS);
        }
    }

    /** Java takes the letters of file names from the environment at its start, so this takes a process. */
    @Test
    void aFileNameBeyondAsciiIsReadOrRefusedUnderAnyLocale() throws Exception {
        Path media = Files.createDirectories(folder.resolve("media"));
        assertThat(LocaleProbe.run("C.UTF-8", media)).isEqualTo("read 3 bytes");
        assertThat(LocaleProbe.run("POSIX", media))
                .startsWith("REFERENCE_UNREACHABLE")
                .contains("LANG=C.UTF-8");
    }
}
