// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sensorium.quickstart.stack.RestartHistory;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The conditions of health, and access to it. */
class HealthTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:01:00Z");
    private static final Duration INTERVAL = Duration.ofSeconds(5);

    private static Health running(Instant checkpoint, Instant started) {
        return new Health("RUNNING", false, Map.of("RUNNING", 4), checkpoint, started, INTERVAL, new RestartHistory());
    }

    @Test
    void readyMeansRunningTasksAndAFreshCheckpoint() {
        assertThat(running(NOW.minusSeconds(14), NOW.minusSeconds(50)).unready(NOW))
                .isEmpty();
        assertThat(running(NOW.minusSeconds(16), NOW.minusSeconds(50)).unready(NOW))
                .singleElement()
                .asString()
                .contains("last checkpoint", "3 intervals of 5000 ms");
        assertThat(running(null, NOW.minusSeconds(10)).unready(NOW))
                .as("it has just started")
                .isEmpty();
        assertThat(running(null, NOW.minusSeconds(20)).unready(NOW))
                .singleElement()
                .asString()
                .contains("no checkpoint since the start");
        assertThat(new Health(
                                "RUNNING",
                                false,
                                Map.of("RUNNING", 3, "INITIALIZING", 1),
                                null,
                                null,
                                INTERVAL,
                                new RestartHistory())
                        .unready(NOW))
                .singleElement()
                .asString()
                .contains("INITIALIZING=1");
        assertThat(new Health("RESTARTING", false, Map.of("CANCELED", 4), NOW, NOW, INTERVAL, new RestartHistory())
                        .unready(NOW))
                .hasSize(2);
    }

    @Test
    void aliveMeansNotEndedForGood() {
        assertThat(new Health("RESTARTING", false, Map.of(), null, null, INTERVAL, new RestartHistory()).dead(NOW))
                .isEmpty();
        assertThat(new Health("FAILED", true, Map.of(), null, null, INTERVAL, new RestartHistory()).dead(NOW))
                .singleElement()
                .asString()
                .contains("FAILED");
    }

    private static HttpResponse<String> get(String url, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url));
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void othersNeedATokenAndLoopbackNone() throws Exception {
        Health health = new Health("FAILED", true, Map.of(), null, null, INTERVAL, new RestartHistory());
        assertThatThrownBy(() -> new OperationsServer("0.0.0.0:0", null, () -> health))
                .hasMessageContaining("SENSORIUM_HTTP_TOKEN");
        try (OperationsServer open = new OperationsServer("127.0.0.1:0", null, () -> health)) {
            HttpResponse<String> live = get(open.url() + "/health/live");
            assertThat(live.statusCode()).isEqualTo(503);
            assertThat(live.body()).contains("\"alive\":false", "FAILED");
        }
        try (OperationsServer guarded = new OperationsServer("0.0.0.0:0", "s3cret", () -> health)) {
            String url = guarded.url().replace("0.0.0.0", "127.0.0.1") + "/metrics";
            assertThat(get(url).statusCode()).isEqualTo(401);
            assertThat(get(url, "Authorization", "Bearer wrong").statusCode()).isEqualTo(401);
            assertThat(get(url, "Authorization", "Bearer s3cret").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void restartsAreNamedWithTheirCauseAndManyWithoutACheckpointMeanNotAlive() {
        RestartHistory restarts = new RestartHistory();
        restarts.observe(0, "", true, NOW.minusSeconds(60));
        restarts.observe(1, "the disk is full", false, NOW.minusSeconds(50));
        Health once = new Health(
                "RESTARTING",
                false,
                Map.of("CREATED", 4),
                NOW.minusSeconds(55),
                NOW.minusSeconds(60),
                INTERVAL,
                restarts);
        assertThat(once.dead(NOW)).isEmpty();
        assertThat(once.unready(NOW).get(0)).contains("RESTARTING", "it restarted once, at ", "the disk is full");
        restarts.observe(5, "the disk is full", false, NOW.minusSeconds(10));
        assertThat(once.dead(NOW))
                .singleElement()
                .asString()
                .contains("again and again", "it restarted 5 times since ", "the disk is full");
        Health progress = new Health(
                "RUNNING", false, Map.of("RUNNING", 4), NOW.minusSeconds(2), NOW.minusSeconds(60), INTERVAL, restarts);
        assertThat(progress.dead(NOW)).as("a checkpoint completed since").isEmpty();
        assertThat(progress.unready(NOW)).isEmpty();
        assertThat(once.dead(NOW.plus(RestartHistory.WINDOW))).as("long ago").isEmpty();
    }

    @Test
    void halfSentRequestsDoNotKeepOthersFromBeingAnswered() throws Exception {
        try (OperationsServer server = new OperationsServer("127.0.0.1:0", null, () -> running(null, null))) {
            URI address = URI.create(server.url());
            List<Socket> halfSent = new ArrayList<>();
            try {
                for (int i = 0; i < 300; i++) {
                    Socket socket = new Socket();
                    socket.connect(new InetSocketAddress(address.getHost(), address.getPort()), 5_000);
                    socket.getOutputStream()
                            .write(("GET /health/live HTTP/1.1\r\nHost: 127.0.0.1"
                                            + (i % 2 == 0 ? "" : "\r\nContent-Length: 100\r\n\r\n{"))
                                    .getBytes(StandardCharsets.US_ASCII));
                    halfSent.add(socket);
                }
                HttpRequest request = HttpRequest.newBuilder(URI.create(server.url() + "/health/live"))
                        .timeout(Duration.ofSeconds(10))
                        .build();
                assertThat(HttpClient.newHttpClient()
                                .send(request, HttpResponse.BodyHandlers.ofString())
                                .statusCode())
                        .isEqualTo(200);
            } finally {
                for (Socket socket : halfSent) {
                    socket.close();
                }
            }
        }
    }

    @Test
    void loopbackAnswersOnlyUnderALoopbackName() throws Exception {
        try (OperationsServer server = new OperationsServer("127.0.0.1:0", null, () -> running(null, null));
                Socket socket = new Socket("127.0.0.1", URI.create(server.url()).getPort())) {
            socket.getOutputStream()
                    .write("GET /metrics HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1))
                    .startsWith("HTTP/1.1 403");
        }
    }
}
