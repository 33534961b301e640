// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.sensorium.job.config.PipelineConfig.References;
import io.sensorium.job.records.FailureCode;
import io.sensorium.job.records.IngestRecord.Reference;
import io.sensorium.operators.encode.Content;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A server that answers as a test says, a folder, and a fetcher that may follow references to both. */
abstract class ReferenceHarness {

    static final byte[] MEDIA = "picture".getBytes(StandardCharsets.UTF_8);
    static final long MOST = 1 << 16;
    static final int MAX_CHARS = 10_000;

    @TempDir
    Path folder;

    final AtomicInteger requests = new AtomicInteger();
    final CountDownLatch over = new CountDownLatch(1);
    private HttpServer server;
    int port;
    int closingPort = 1;
    Duration deadline = Duration.ofMinutes(1);

    interface Answer {
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

    void answer(String path, Answer answer) {
        server.createContext(path, exchange -> {
            requests.incrementAndGet();
            try (exchange) {
                answer.to(exchange);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    static void reply(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    }

    void redirect(String from, String to) {
        answer(from, exchange -> {
            exchange.getResponseHeaders().set("Location", to);
            reply(exchange, 302, new byte[0]);
        });
    }

    References references(List<String> addresses, Duration timeout, int attempts, int inFlight) {
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

    ReferenceFetcher fetcher(Duration timeout, int attempts) {
        return new ReferenceFetcher("test", references(List.of("127.0.0.0/8"), timeout, attempts, 4), MOST, MAX_CHARS);
    }

    String at(String path) {
        return "http://127.0.0.1:" + port + path;
    }

    static Content fetch(ReferenceFetcher fetcher, Reference reference) throws Exception {
        return fetcher.fetch(reference).get(60, TimeUnit.SECONDS);
    }

    static Reference to(String uri) {
        return new Reference(uri, -1, null, false);
    }

    static void fails(ReferenceFetcher fetcher, Reference reference, FailureCode code, String message) {
        assertThatThrownBy(() -> fetch(fetcher, reference))
                .as(reference.uri())
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOfSatisfying(ReferenceException.class, refusal -> {
                    assertThat(refusal).hasMessageContaining(message);
                    assertThat(refusal.code()).as(refusal.getMessage()).isEqualTo(code);
                });
    }
}
