// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.http;

import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.sensorium.pipeline.HttpAccess;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Serves {@code /health/live} and {@code /health/ready} (200 or 503, with the reasons as JSON) and {@code /metrics}
 * (Prometheus text). On an address that other machines can reach it requires {@code Authorization: Bearer} and the
 * token. Requests that are sent slowly or never finished occupy no thread.
 */
public final class OperationsServer implements AutoCloseable {

    private final Javalin server;
    private final String host;
    private final HttpAccess access;
    private final Supplier<Health> health;

    /**
     * Starts it.
     *
     * @param address {@code HOST:PORT}; port 0 takes any free one
     * @param token null where none is set
     * @param health evaluated on every request; called from several threads
     * @throws IOException when the address cannot be bound, or other machines reach it and there is no token
     */
    OperationsServer(String address, String token, Supplier<Health> health) throws IOException {
        this.host = host(address);
        this.health = health;
        this.access = access(address, token);
        try {
            server = Javalin.create(this::configure).start(host, port(address));
        } catch (RuntimeException e) {
            throw notBound(address, rootCause(e));
        }
    }

    /**
     * Does what a start would fail on.
     *
     * @throws IOException as the constructor does
     */
    static void check(String address, String token) throws IOException {
        access(address, token);
        checkPort(address);
    }

    /**
     * Whether the address can be bound now.
     *
     * @throws IOException when it cannot
     */
    static void checkPort(String address) throws IOException {
        try (ServerSocket socket = new ServerSocket(port(address), 1, InetAddress.getByName(host(address)))) {
            socket.getLocalPort();
        } catch (IOException e) {
            throw notBound(address, e);
        }
    }

    /**
     * Who may use the endpoint.
     *
     * @throws IOException when other machines reach it and there is no token
     */
    static HttpAccess access(String address, String token) throws IOException {
        return HttpAccess.of("runtime.http", host(address), token);
    }

    private static String host(String address) {
        return address.substring(0, address.lastIndexOf(':'));
    }

    private static int port(String address) {
        return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
    }

    private static IOException notBound(String address, Throwable cause) {
        return new IOException(
                "runtime.http is \"" + address + "\", which cannot be bound: " + cause.getMessage()
                        + "; choose another port, or 0 for any",
                cause);
    }

    private static Throwable rootCause(Throwable failure) {
        return failure.getCause() == null ? failure : rootCause(failure.getCause());
    }

    private void configure(JavalinConfig config) {
        config.startup.showJavalinBanner = false;
        config.startup.showOldJavalinVersionWarning = false;
        config.routes.before(this::guard);
        config.routes.get(
                "/health/live",
                context -> verdict(context, "alive", health.get().dead(Instant.now())));
        config.routes.get(
                "/health/ready",
                context -> verdict(context, "ready", health.get().unready(Instant.now())));
        config.routes.get("/metrics", OperationsServer::metrics);
    }

    private void guard(Context context) {
        switch (access.check(context.header("Host"), context.header("Authorization"), null)) {
            case ALLOWED -> {}
            case WRONG_HOST ->
                context.status(HttpStatus.FORBIDDEN)
                        .result("the Host header is " + context.header("Host") + ", expected 127.0.0.1 or localhost\n")
                        .skipRemainingHandlers();
            case TOKEN_REQUIRED ->
                context.status(HttpStatus.UNAUTHORIZED)
                        .header("WWW-Authenticate", "Bearer")
                        .result("a token is required: Authorization: Bearer\n")
                        .skipRemainingHandlers();
        }
    }

    /** Where it answers. */
    public String url() {
        try {
            String bound = InetAddress.getByName(host).getHostAddress();
            return "http://" + (bound.contains(":") ? "[" + bound + "]" : bound) + ":" + server.port();
        } catch (IOException e) {
            throw new IllegalStateException("the bound host " + host + " no longer resolves", e);
        }
    }

    private static void verdict(Context context, String word, List<String> reasons) {
        context.status(reasons.isEmpty() ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE)
                .json(Map.of(word, reasons.isEmpty(), "reasons", reasons));
    }

    private static void metrics(Context context) throws IOException {
        PrometheusTextFormatWriter writer = new PrometheusTextFormatWriter(false);
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        writer.write(body, FlinkSnapshots.all());
        context.contentType(writer.getContentType()).result(body.toByteArray());
    }

    @Override
    public void close() {
        server.stop();
    }
}
