// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.reference;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.records.FailureCode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** References to a server that fails, hangs or closes connections are tried again, until their deadline. */
class ReferenceRetriesTest extends ReferenceHarness {

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
}
