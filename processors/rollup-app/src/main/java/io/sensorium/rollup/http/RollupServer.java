// SPDX-License-Identifier: Apache-2.0
package io.sensorium.rollup.http;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.javalin.http.sse.SseClient;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.sensorium.pipeline.PipelineTopics;
import io.sensorium.pipeline.RollupSection.RollupWindow;
import io.sensorium.rollup.aggregate.RollupQueries;
import io.sensorium.rollup.feed.LiveFeed;
import io.sensorium.rollup.feed.MediaReader;
import io.sensorium.rollup.feed.MediaReader.Shown;
import io.sensorium.rollup.feed.Subscribers;
import io.sensorium.rollup.feed.Subscribers.Message;
import io.sensorium.rollup.feed.Subscribers.Subscriber;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.errors.InvalidStateStoreException;

/** The app's HTTP server. What it answers is in {@code openapi.yaml}, which it serves too. */
public final class RollupServer implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src "
                    + "'self'; base-uri 'none'; "
                    + "form-action 'none'; frame-ancestors 'none'";
    private static final String UPLOT = "/META-INF/resources/webjars/uplot/1.6.30/dist/";

    /** Marks a query from another instance, which is not forwarded. */
    static final String LOCAL = "X-Sensorium-Local";

    /** The page's files by path: resource and type. */
    private static final Map<String, List<String>> FILES = Map.of(
            "/", List.of("/dashboard/index.html", "text/html; charset=utf-8"),
            "/dashboard.js", List.of("/dashboard/dashboard.js", "text/javascript; charset=utf-8"),
            "/view.js", List.of("/dashboard/view.js", "text/javascript; charset=utf-8"),
            "/dashboard.css", List.of("/dashboard/dashboard.css", "text/css; charset=utf-8"),
            "/favicon.svg", List.of("/dashboard/favicon.svg", "image/svg+xml"),
            "/uplot.js", List.of(UPLOT + "uPlot.iife.min.js", "text/javascript; charset=utf-8"),
            "/uplot.css", List.of(UPLOT + "uPlot.min.css", "text/css; charset=utf-8"),
            "/openapi.yaml", List.of("/openapi.yaml", "application/yaml"));

    /**
     * The sources of the server's answers.
     *
     * @param state of the topology
     */
    public record Parts(
            PipelineTopics topics,
            Supplier<KafkaStreams.State> state,
            RollupQueries queries,
            LiveFeed feed,
            MediaReader media,
            PrometheusMeterRegistry metrics) {}

    private final Parts parts;
    private final AccessPolicy access;
    private final InstanceClient peers;
    private final Javalin server;

    /**
     * Starts it.
     *
     * @param host to bind to
     * @param port 0 for any free one
     * @param token null where none is set
     * @throws IOException when others reach the host and there is no token
     */
    public RollupServer(Parts parts, String host, int port, String token) throws IOException {
        this.parts = parts;
        access = AccessPolicy.of(host, token);
        peers = new InstanceClient(parts.queries(), access.token());
        server = Javalin.create(this::configure).start(host, port);
    }

    /** The port that is bound. */
    public int port() {
        return server.port();
    }

    private void configure(JavalinConfig config) {
        config.startup.showJavalinBanner = false;
        config.startup.showOldJavalinVersionWarning = false;
        config.routes.before(this::guard);
        FILES.forEach((path, file) -> {
            byte[] bytes = resource(file.get(0));
            config.routes.get(path, context -> context.contentType(file.get(1)).result(bytes));
        });
        config.routes.get("/api/pipeline", this::pipeline);
        config.routes.get("/api/rollups", this::rollups);
        config.routes.get("/api/groups", this::groups);
        config.routes.get("/api/media/{modality}/{partition}/{offset}", this::media);
        config.routes.sse("/api/feed", this::feed);
        config.routes.get(
                "/health/live",
                context -> verdict(
                        context,
                        "alive",
                        parts.state().get() != KafkaStreams.State.ERROR
                                && !parts.state().get().hasCompletedShutdown()));
        config.routes.get(
                "/health/ready",
                context -> verdict(context, "ready", parts.state().get() == KafkaStreams.State.RUNNING));
        config.routes.get(
                "/metrics",
                context -> context.contentType("text/plain; version=0.0.4; charset=utf-8")
                        .result(parts.metrics().scrape()));
        config.routes.exception(
                BadQuestion.class,
                (e, context) -> context.status(HttpStatus.BAD_REQUEST).json(Map.of("problem", e.getMessage())));
        config.routes.exception(
                InvalidStateStoreException.class,
                (e, context) -> context.status(HttpStatus.SERVICE_UNAVAILABLE)
                        .json(Map.of("problem", "the state is being restored or moved; retry")));
    }

    /** The question cannot be answered as it is. */
    private static final class BadQuestion extends RuntimeException {
        private static final long serialVersionUID = 1L;

        BadQuestion(String message) {
            super(message);
        }
    }

    private void guard(Context context) {
        context.header("Content-Security-Policy", POLICY)
                .header("X-Content-Type-Options", "nosniff")
                .header("Referrer-Policy", "no-referrer")
                .header("Cross-Origin-Opener-Policy", "same-origin")
                .header("Cross-Origin-Resource-Policy", "same-origin")
                .header("Cache-Control", "no-store");
        access.check(context);
    }

    private static byte[] resource(String name) {
        try (InputStream in = RollupServer.class.getResourceAsStream(name)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void verdict(Context context, String word, boolean holds) {
        context.status(holds ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE)
                .json(Map.of(word, holds, "state", parts.state().get().name()));
    }

    private void pipeline(Context context) {
        PipelineTopics topics = parts.topics();
        ObjectNode json = JSON.createObjectNode()
                .put("pipeline", topics.pipeline())
                .put("group_by", topics.rollup().groupBy());
        topics.modalities()
                .forEach((name, topic) -> json.withArrayProperty("modalities").add(name));
        topics.operators()
                .forEach(operator -> json.withArrayProperty("operators")
                        .addObject()
                        .put("key", operator.key())
                        .put("type", operator.type()));
        topics.rollup()
                .windows()
                .forEach(window -> json.withArrayProperty("windows")
                        .addObject()
                        .put("name", window.name())
                        .put("size_ms", window.size().toMillis())
                        .put("advance_ms", window.advance().toMillis()));
        context.json(json);
    }

    private void rollups(Context context) throws IOException {
        List<String> names = parts.topics().rollup().windows().stream()
                .map(RollupWindow::name)
                .toList();
        String window = context.queryParam("window") == null ? names.get(0) : context.queryParam("window");
        if (!names.contains(window)) {
            throw new BadQuestion("there is no window \"" + window + "\", expected one of " + names);
        }
        String group = context.queryParam("group");
        long from = number(context, "from", 0);
        long to = number(context, "to", Long.MAX_VALUE);
        if (context.header(LOCAL) == null) {
            InstanceClient.Answer answer =
                    peers.queryOwner(group, context.fullUrl().replaceFirst("^https?://[^/]+", ""));
            if (answer.elsewhere()) {
                context.contentType("application/json").result(answer.body());
                return;
            }
        }
        ObjectNode json = JSON.createObjectNode().put("window", window).put("group", group);
        json.set("rollups", parts.queries().local(window, group, from, to));
        context.json(json);
    }

    private void groups(Context context) {
        Set<String> groups = new TreeSet<>(parts.queries().localGroups());
        if (context.header(LOCAL) == null) {
            groups.addAll(peers.groupsElsewhere());
        }
        context.json(Map.of("group_by", parts.topics().rollup().groupBy(), "groups", groups));
    }

    private static long number(Context context, String name, long fallback) {
        String text = context.queryParam(name);
        if (text == null) {
            return fallback;
        }
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new BadQuestion(name + " is \"" + text + "\", expected milliseconds since the epoch");
        }
    }

    private void media(Context context) throws IOException {
        Shown shown;
        try {
            shown = parts.media()
                    .read(
                            context.pathParam("modality"),
                            Integer.parseInt(context.pathParam("partition")),
                            Long.parseLong(context.pathParam("offset")));
        } catch (NumberFormatException e) {
            throw new BadQuestion("partition and offset are numbers");
        }
        if (!(shown instanceof Shown.Nothing)) {
            // A record at an offset never changes; one that is missing may still be replicated, or be looked for on a
            // recreated topic.
            context.header("Cache-Control", "private, max-age=3600, immutable");
        }
        if (shown instanceof Shown.Media media) {
            context.contentType(media.type())
                    .header("Content-Disposition", "inline")
                    .header("Accept-Ranges", "none")
                    .result(media.bytes());
        } else if (shown instanceof Shown.Text text) {
            context.json(Map.of("text", text.text()));
        } else if (shown instanceof Shown.Note note) {
            context.json(Map.of("note", note.what()));
        } else {
            context.status(HttpStatus.NOT_FOUND).json(Map.of("problem", ((Shown.Nothing) shown).why()));
        }
    }

    private void feed(SseClient client) {
        Subscribers subscribers = parts.feed().subscribers();
        Subscriber subscriber = subscribers.add(Map.of("snapshot", parts.feed().snapshot()));
        if (subscriber == null) {
            client.sendEvent("full", "{}");
            client.close();
            return;
        }
        client.keepAlive();
        client.onClose(() -> subscribers.remove(subscriber));
        Thread sender = new Thread(
                () -> {
                    try {
                        while (!client.terminated()) {
                            Message message = subscriber.next();
                            if (message != null) {
                                client.sendEvent(message.event(), message.json());
                            }
                        }
                    } catch (InterruptedException | RuntimeException e) {
                        // The client has disconnected, or the app is stopping.
                    } finally {
                        subscribers.remove(subscriber);
                        client.close();
                    }
                },
                "feed-sender");
        sender.setDaemon(true);
        sender.start();
    }

    @Override
    public void close() {
        server.stop();
    }
}
