package io.sensorium.quickstart.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What health follows from, and who may ask. */
class HealthTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:01:00Z");
    private static final Duration INTERVAL = Duration.ofSeconds(5);

    private static Health running(Instant checkpoint, Instant started) {
        return new Health("RUNNING", false, Map.of("RUNNING", 4), checkpoint, started, INTERVAL);
    }

    @Test
    void readyMeansRunningTasksAndAFreshCheckpoint() {
        assertThat(running(NOW.minusSeconds(14), NOW.minusSeconds(50)).unready(NOW)).isEmpty();
        assertThat(running(NOW.minusSeconds(16), NOW.minusSeconds(50)).unready(NOW)).singleElement().asString().contains("last checkpoint", "3 intervals of 5000 ms");
        assertThat(running(null, NOW.minusSeconds(10)).unready(NOW)).as("it has just started").isEmpty();
        assertThat(running(null, NOW.minusSeconds(20)).unready(NOW)).singleElement().asString().contains("no checkpoint since the start");
        assertThat(new Health("RUNNING", false, Map.of("RUNNING", 3, "INITIALIZING", 1), null, null, INTERVAL).unready(NOW)).singleElement().asString().contains("INITIALIZING=1");
        assertThat(new Health("RESTARTING", false, Map.of("CANCELED", 4), NOW, NOW, INTERVAL).unready(NOW)).hasSize(2);
    }

    @Test
    void aliveMeansNotEndedForGood() {
        assertThat(new Health("RESTARTING", false, Map.of(), null, null, INTERVAL).dead()).isEmpty();
        assertThat(new Health("FAILED", true, Map.of(), null, null, INTERVAL).dead()).singleElement().asString().contains("FAILED");
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
        Health health = new Health("FAILED", true, Map.of(), null, null, INTERVAL);
        assertThatThrownBy(() -> new OperationsServer("0.0.0.0:0", null, () -> health)).hasMessageContaining("SENSORIUM_HTTP_TOKEN");
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
}
