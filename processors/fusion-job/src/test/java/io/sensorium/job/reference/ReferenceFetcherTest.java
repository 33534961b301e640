// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.sensorium.job.config.PipelineConfig.References;
import io.sensorium.job.records.FailureCode;
import io.sensorium.job.records.IngestRecord.Reference;
import io.sensorium.job.reference.ReferencePolicy.AllowedFile;
import io.sensorium.operators.encode.Content;
import io.sensorium.operators.pack.PackedModel;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** References against a server that lies, stalls, breaks off and leads astray, and folders with links out of them. */
class ReferenceFetcherTest {

    private static final byte[] MEDIA = "picture".getBytes(StandardCharsets.UTF_8);
    private static final long MOST = 1 << 16;
    private static final int MAX_CHARS = 10_000;

    @TempDir
    Path folder;

    private final AtomicInteger requests = new AtomicInteger();
    private final CountDownLatch over = new CountDownLatch(1);
    private HttpServer server;
    private int port;
    private int closingPort = 1;

    private interface Answer {
        void to(HttpExchange exchange) throws IOException, InterruptedException;
    }

    @BeforeEach
    void serve() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newCachedThreadPool());
        server.start();
        port = server.getAddress().getPort();
        answer("/media", exchange -> reply(exchange, 200, MEDIA));
    }

    @AfterEach
    void stop() {
        over.countDown();
        server.stop(0);
    }

    private void answer(String path, Answer answer) {
        server.createContext(path, exchange -> {
            requests.incrementAndGet();
            try (exchange) {
                answer.to(exchange);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private static void reply(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    }

    private void redirect(String from, String to) {
        answer(from, exchange -> {
            exchange.getResponseHeaders().set("Location", to);
            reply(exchange, 302, new byte[0]);
        });
    }

    private Duration deadline = Duration.ofMinutes(1);

    private References references(List<String> addresses, Duration timeout, int attempts, int inFlight) {
        return new References(
                List.of("http", "file"),
                List.of("127.0.0.1:" + port, "localhost:" + port, "*.example.org", "localhost:" + closingPort),
                List.of(folder.resolve("media").toString()),
                List.of(),
                addresses,
                Duration.ofSeconds(1),
                timeout,
                deadline,
                attempts,
                Duration.ofMillis(1),
                2,
                inFlight,
                new References.Breaker(50, 4, Duration.ofMinutes(10)),
                new References.S3("", "us-east-1", false));
    }

    private ReferenceFetcher fetcher(Duration timeout, int attempts) {
        return new ReferenceFetcher("test", references(List.of("127.0.0.0/8"), timeout, attempts, 4), MOST, MAX_CHARS);
    }

    private String at(String path) {
        return "http://127.0.0.1:" + port + path;
    }

    private static Content fetch(ReferenceFetcher fetcher, Reference reference) throws Exception {
        return fetcher.fetch(reference).get(60, TimeUnit.SECONDS);
    }

    private static Reference to(String uri) {
        return new Reference(uri, -1, null, false);
    }

    private static void fails(ReferenceFetcher fetcher, Reference reference, FailureCode code, String message) {
        assertThatThrownBy(() -> fetch(fetcher, reference))
                .as(reference.uri())
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOfSatisfying(ReferenceException.class, refusal -> {
                    assertThat(refusal).hasMessageContaining(message);
                    assertThat(refusal.code()).as(refusal.getMessage()).isEqualTo(code);
                });
    }

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
                    "has 7 bytes, the reference says 6");
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

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "picture",
                "gopher://127.0.0.1/",
                "ftp://127.0.0.1/x",
                "https://127.0.0.1/x",
                "http://elsewhere.org/x",
                "http://127.0.0.1/x",
                "http://user:secret@127.0.0.1:PORT/media",
                "http://example.org/x",
                "http://evilexample.org/x",
                "http://a.example.org.evil.org/",
                "http:///media",
                "http:media",
                "http://127.0.0.1:PORT@evil.org/",
                "file:///etc/passwd",
                "file:etc/passwd",
                "file://server/share",
                "file://FOLDER/media/../secret",
                "file://FOLDER/media/link",
                "file://FOLDER/media/out/secret",
                "file://FOLDER/media",
                "file://FOLDER/media/%2e%2e/secret",
                "file://FOLDER/mediate/x",
                "s3://bucket/key",
                "jar:http://127.0.0.1:PORT/media!/x",
                "data:text/plain,x",
                "http://[::ffff:10.0.0.1]/",
                "HTTP://2130706433:PORT/media"
            })
    void whatIsNotAllowedIsRefusedBeforeAnythingIsAsked(String uri) throws Exception {
        Path media = Files.createDirectories(folder.resolve("media"));
        Files.write(folder.resolve("secret"), MEDIA);
        Files.createSymbolicLink(media.resolve("link"), folder.resolve("secret"));
        Files.createSymbolicLink(media.resolve("out"), folder);
        Files.createDirectories(folder.resolve("mediate"));
        Files.write(folder.resolve("mediate/x"), MEDIA);
        try (ReferenceFetcher fetcher = fetcher(Duration.ofSeconds(10), 3)) {
            fails(
                    fetcher,
                    to(uri.replace("PORT", "" + port).replace("FOLDER", folder.toString())),
                    FailureCode.REFERENCE_REFUSED,
                    "");
        }
        assertThat(requests).hasValue(0);
    }

    /** Between the look and the opening somebody puts links where there were folders and files. */
    @Test
    void aLinkThatWasPutThereMeanwhileIsNotFollowed() throws Exception {
        Path media = Files.createDirectories(folder.resolve("media/inner"));
        Files.write(media.resolve("x"), MEDIA);
        Files.write(
                Files.createDirectories(folder.resolve("outside")).resolve("x"),
                "secret".getBytes(StandardCharsets.UTF_8));
        AllowedFile file = new AllowedFile(folder.resolve("media"), Path.of("inner/x"));
        try (SeekableByteChannel channel = FileStore.open(file)) {
            assertThat(channel.size()).isEqualTo(MEDIA.length);
        }
        Files.delete(media.resolve("x"));
        Files.createSymbolicLink(media.resolve("x"), folder.resolve("outside/x"));
        assertThatThrownBy(() -> FileStore.open(file)).isInstanceOf(IOException.class);
        Files.delete(media.resolve("x"));
        Files.delete(media);
        Files.createSymbolicLink(media, folder.resolve("outside"));
        assertThatThrownBy(() -> FileStore.open(file)).isInstanceOf(IOException.class);
    }

    @Test
    void addressesWithinTheHouseAreRefusedHoweverTheyAreNamed() throws Exception {
        redirect("/inside", "http://localhost:" + port + "/media");
        try (ReferenceFetcher fetcher =
                new ReferenceFetcher("test", references(List.of(), Duration.ofSeconds(10), 3, 4), MOST, MAX_CHARS)) {
            fails(fetcher, to(at("/media")), FailureCode.REFERENCE_REFUSED, "in a private network");
            fails(
                    fetcher,
                    to("http://localhost:" + port + "/media"),
                    FailureCode.REFERENCE_REFUSED,
                    "in a private network");
        }
        assertThat(requests).hasValue(0);
        ReferencePolicy closed = new ReferencePolicy(references(List.of(), Duration.ofSeconds(1), 1, 1));
        for (String internal : List.of(
                "127.0.0.1",
                "10.1.2.3",
                "172.16.0.1",
                "172.31.255.255",
                "192.168.1.1",
                "169.254.169.254",
                "100.64.0.1",
                "0.0.0.0",
                "224.0.0.1",
                "255.255.255.255",
                "::1",
                "::",
                "fe80::1",
                "fd00::1",
                "fec0::1",
                "ff02::1",
                "::ffff:10.0.0.1",
                "64:ff9b::a00:1",
                "2002:0a00:0001::1",
                "198.18.0.1",
                "::10.0.0.1",
                "::808:808",
                "64:ff9b:1::a00:1",
                "64:ff9b:1:a00:0:100::",
                "2001:0:4136:e378:8000:63bf:3fff:fdd2",
                "2001:0:a00:1::1",
                "3fff::1",
                "5f00::1")) {
            assertThat(closed.checkAddress(InetAddress.getByName(internal)))
                    .as(internal)
                    .isNotNull();
        }
        for (String external : List.of(
                "8.8.8.8",
                "172.32.0.1",
                "11.0.0.1",
                "2606:4700::1111",
                "2001:4860:4860::8888",
                "64:ff9b::808:808",
                "2002:0808:0808::1")) {
            assertThat(closed.checkAddress(InetAddress.getByName(external)))
                    .as(external)
                    .isNull();
        }
        ReferencePolicy open =
                new ReferencePolicy(references(List.of("10.1.0.0/16", "fd00::/8"), Duration.ofSeconds(1), 1, 1));
        assertThat(open.checkAddress(InetAddress.getByName("10.1.2.3"))).isNull();
        assertThat(open.checkAddress(InetAddress.getByName("10.2.2.3"))).isNotNull();
        assertThat(open.checkAddress(InetAddress.getByName("fd12::1"))).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://elsewhere.org/x",
                "file:///etc/passwd",
                "http://[::1]:1/",
                "gopher://x/",
                "//evil.org/x",
                "http://127.0.0.1:1/",
                "::no uri::"
            })
    void aRedirectIsJudgedAsAReferenceIs(String location) throws Exception {
        redirect("/astray", location);
        try (ReferenceFetcher fetcher = fetcher(Duration.ofSeconds(10), 3)) {
            fails(fetcher, to(at("/astray")), FailureCode.REFERENCE_REFUSED, "");
        }
        assertThat(requests).hasValue(1);
    }

    @Test
    void aCircleOfRedirectsEnds() throws Exception {
        redirect("/round", "/round");
        try (ReferenceFetcher fetcher = fetcher(Duration.ofSeconds(10), 3)) {
            fails(fetcher, to(at("/round")), FailureCode.REFERENCE_REFUSED, "more than 2 times");
        }
        assertThat(requests).hasValue(3);
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
            fails(fetcher, to(at("/endless")), FailureCode.MEDIA_TOO_LARGE, "more than it said");
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
    void allTriesTogetherHaveADeadlineAndACallThatHangsBlocksNoFurtherReferences() throws Exception {
        answer("/silent", exchange -> over.await(30, TimeUnit.SECONDS));
        deadline = Duration.ofMillis(400);
        try (ReferenceFetcher fetcher = fetcher(Duration.ofMinutes(1), 100)) {
            for (int i = 0; i < 6; i++) {
                fails(fetcher, to(at("/silent")), FailureCode.REFERENCE_UNREACHABLE, "references.deadline of 400 ms");
            }
        }
    }

    @Test
    void whatFailsForAWhileIsTriedAgain() throws Exception {
        answer("/twice", exchange -> reply(exchange, requests.get() < 3 ? 503 : 200, MEDIA));
        answer("/broken", exchange -> {
            exchange.sendResponseHeaders(200, 1000);
            exchange.getResponseBody().write(MEDIA);
            exchange.close();
        });
        answer("/gone", exchange -> reply(exchange, 404, MEDIA));
        try (ReferenceFetcher fetcher = fetcher(Duration.ofSeconds(10), 3)) {
            assertThat(fetch(fetcher, to(at("/twice")))).isNotNull();
            assertThat(requests).hasValue(3);
        }
        try (ReferenceFetcher fetcher = fetcher(Duration.ofSeconds(10), 3)) {
            fails(fetcher, to(at("/broken")), FailureCode.REFERENCE_UNREACHABLE, "in 3 tries");
            requests.set(0);
            fails(
                    fetcher,
                    to(at("/gone?token=secret")),
                    FailureCode.REFERENCE_UNREACHABLE,
                    "/gone?… answers with status 404");
            assertThat(requests).as("a 404 is an answer").hasValue(1);
        }
    }

    @Test
    void whoFailsAllTheTimeIsNotAskedForAWhile() throws Exception {
        answer("/down", exchange -> reply(exchange, 500, MEDIA));
        try (ReferenceFetcher fetcher = fetcher(Duration.ofSeconds(10), 1)) {
            for (int i = 0; i < 4; i++) {
                fails(fetcher, to(at("/down")), FailureCode.REFERENCE_UNREACHABLE, "status 500");
            }
            fails(fetcher, to(at("/media")), FailureCode.REFERENCE_UNREACHABLE, "was not asked for");
            assertThat(requests).hasValue(4);
        }
    }

    /**
     * A server may end a connection between two requests at any time (RFC 9112, 9.3.1): the request that finds it ended
     * is sent again on a new connection, counts neither as a try nor as a failure, and reaches the server once.
     */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aConnectionThatWasClosedBetweenTwoRequestsIsNoFailure(boolean reading) throws Exception {
        AtomicInteger connections = new AtomicInteger();
        try (ServerSocket closing = closing(connections, 1, reading);
                ReferenceFetcher fetcher = fetcher(Duration.ofSeconds(10), 1)) {
            for (int i = 0; i < 20; i++) {
                assertThat(fetch(fetcher, to("http://localhost:" + closingPort + "/" + i)))
                        .isNotNull();
            }
            assertThat(connections).hasValue(20);
        }
    }

    @Test
    void aNewConnectionThatIsClosedWithoutAnAnswerIsAFailure() throws Exception {
        AtomicInteger connections = new AtomicInteger();
        try (ServerSocket closing = closing(connections, 0, true);
                ReferenceFetcher fetcher = fetcher(Duration.ofSeconds(10), 2)) {
            fails(
                    fetcher,
                    to("http://localhost:" + closingPort + "/"),
                    FailureCode.REFERENCE_UNREACHABLE,
                    "in 2 tries");
            assertThat(connections).hasValue(2);
        }
    }

    /**
     * A server that closes each connection after some answers without having announced it.
     *
     * @param connections counts them
     * @param answers of one connection
     * @param reading whether it takes one more request before it closes
     */
    private ServerSocket closing(AtomicInteger connections, int answers, boolean reading) throws IOException {
        ServerSocket listening = new ServerSocket(0, 100, InetAddress.getByName("localhost"));
        closingPort = listening.getLocalPort();
        Thread thread = new Thread(() -> {
            while (!listening.isClosed()) {
                try (Socket socket = listening.accept()) {
                    connections.incrementAndGet();
                    BufferedReader in = new BufferedReader(
                            new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
                    for (int i = 0; i < answers; i++) {
                        readHead(in);
                        socket.getOutputStream()
                                .write("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\npicture"
                                        .getBytes(StandardCharsets.US_ASCII));
                    }
                    if (reading) {
                        readHead(in);
                    }
                } catch (IOException e) {
                    // The test is over, or the client has closed.
                }
            }
        });
        thread.setDaemon(true);
        thread.start();
        return listening;
    }

    private static void readHead(BufferedReader in) throws IOException {
        String line = in.readLine();
        while (line != null && !line.isEmpty()) {
            line = in.readLine();
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
