package io.sensorium.quickstart.http;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.sensorium.pipeline.HttpToken;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code /health/live}, {@code /health/ready} (200 or 503, with the reasons as JSON) and {@code /metrics} (Prometheus text). On an
 * address that others reach it demands {@code Authorization: Bearer} and the token.
 */
public final class OperationsServer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(OperationsServer.class);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpServer server;
    private final ExecutorService threads = Executors.newFixedThreadPool(2, task -> {
        Thread thread = new Thread(task, "operations-http");
        thread.setDaemon(true);
        return thread;
    });
    private final String token;

    /**
     * Starts it.
     *
     * @param address {@code HOST:PORT}; port 0 is any free one
     * @param token null where none is set
     * @param health asked with every request
     * @throws IOException when the address cannot be bound, or others reach it and there is no token
     */
    OperationsServer(String address, String token, Supplier<Health> health) throws IOException {
        int colon = address.lastIndexOf(':');
        InetAddress host = InetAddress.getByName(address.substring(0, colon));
        if (!host.isLoopbackAddress() && (token == null || token.isBlank())) {
            throw new IOException("runtime.http is \"" + address + "\", which others reach, and there is no token; set " + HttpToken.VARIABLE + ", or bind to 127.0.0.1");
        }
        this.token = host.isLoopbackAddress() ? null : token;
        try {
            server = HttpServer.create(new InetSocketAddress(host, Integer.parseInt(address.substring(colon + 1))), 16);
        } catch (IOException e) {
            threads.shutdown();
            throw new IOException("runtime.http is \"" + address + "\", which cannot be bound: " + e.getMessage() + "; take another port, or 0 for any", e);
        }
        server.setExecutor(threads);
        server.createContext("/health/live", exchange -> answer(exchange, () -> verdict(exchange, "alive", health.get().dead())));
        server.createContext("/health/ready", exchange -> answer(exchange, () -> verdict(exchange, "ready", health.get().unready(Instant.now()))));
        server.createContext("/metrics", exchange -> answer(exchange, () -> metrics(exchange)));
        server.start();
    }

    /** Where it answers. */
    public String url() {
        InetSocketAddress bound = server.getAddress();
        String host = bound.getAddress().getHostAddress();
        return "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + bound.getPort();
    }

    /** What an exchange's handler does. */
    private interface Answer {
        void give() throws IOException;
    }

    private void answer(HttpExchange exchange, Answer answer) throws IOException {
        try (exchange) {
            if (!allowed(exchange)) {
                exchange.getResponseHeaders().set("WWW-Authenticate", "Bearer");
                send(exchange, 401, "text/plain; charset=utf-8", "a token is needed\n".getBytes(StandardCharsets.UTF_8));
            } else if (!exchange.getRequestMethod().equals("GET")) {
                send(exchange, 405, "text/plain; charset=utf-8", "only GET\n".getBytes(StandardCharsets.UTF_8));
            } else {
                answer.give();
            }
        } catch (RuntimeException e) {
            LOG.warn("{} failed: {}", exchange.getRequestURI().getPath(), e.toString());
            throw e;
        }
    }

    private boolean allowed(HttpExchange exchange) {
        String given = exchange.getRequestHeaders().getFirst("Authorization");
        return token == null || given != null
                && MessageDigest.isEqual(given.getBytes(StandardCharsets.UTF_8), ("Bearer " + token).getBytes(StandardCharsets.UTF_8));
    }

    private static void verdict(HttpExchange exchange, String word, List<String> reasons) throws IOException {
        byte[] body = JSON.writeValueAsBytes(Map.of(word, reasons.isEmpty(), "reasons", reasons));
        send(exchange, reasons.isEmpty() ? 200 : 503, "application/json", body);
    }

    private static void metrics(HttpExchange exchange) throws IOException {
        PrometheusTextFormatWriter writer = new PrometheusTextFormatWriter(false);
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        writer.write(body, FlinkSnapshots.all());
        send(exchange, 200, writer.getContentType(), body.toByteArray());
    }

    private static void send(HttpExchange exchange, int status, String type, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdown();
    }
}
