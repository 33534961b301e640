// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.trace;

import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.sensorium.job.records.Stage;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Makes one span a stage for events that were traced before they came: {@code ingest} and {@code encode} of each,
 * {@code align}, {@code fuse} and {@code emit} of each window. A span is a child of the first event's context and
 * linked to every event's. Without an OpenTelemetry SDK in the process nothing is recorded. Safe for several threads.
 */
public final class StageTracer {

    /** The header of the W3C Trace Context, in events and in results. */
    public static final String HEADER = "traceparent";

    private static final TextMapGetter<String> GETTER = new TextMapGetter<>() {
        @Override
        public Iterable<String> keys(String carrier) {
            return List.of(HEADER);
        }

        @Override
        public String get(String carrier, String key) {
            return key.equals(HEADER) ? carrier : null;
        }
    };

    /**
     * Later versions of W3C's header may be longer than the 55 bytes of today's; what is longer than this is none, and
     * would travel with every event.
     */
    private static final int MAX_HEADER_BYTES = 512;

    private final Tracer tracer;

    private StageTracer(Tracer tracer) {
        this.tracer = tracer;
    }

    /** A tracer of the process's OpenTelemetry, or one that does nothing. */
    public static StageTracer of(boolean on) {
        return new StageTracer(on ? GlobalOpenTelemetry.getTracer("io.sensorium") : null);
    }

    /** The context that a record brings; null where it brings none, or tracing is off. */
    public String parent(Map<String, byte[]> headers) {
        byte[] header = tracer == null ? null : headers.get(HEADER);
        if (header == null || header.length > MAX_HEADER_BYTES) {
            return null;
        }
        String text = new String(header, StandardCharsets.US_ASCII);
        return context(text).isValid() ? text : null;
    }

    private static SpanContext context(String parent) {
        return Span.fromContext(W3CTraceContextPropagator.getInstance().extract(Context.root(), parent, GETTER))
                .getSpanContext();
    }

    /**
     * Begins a stage's span.
     *
     * @param parents contexts of the events concerned, one at least, as their headers have them
     * @param start when the stage began
     */
    public Span start(Stage stage, Collection<String> parents, Instant start) {
        String first = parents.iterator().next();
        SpanBuilder builder = tracer.spanBuilder(stage.label())
                .setStartTimestamp(start)
                .setParent(W3CTraceContextPropagator.getInstance().extract(Context.root(), first, GETTER));
        parents.forEach(parent -> builder.addLink(context(parent)));
        return builder.startSpan();
    }

    /** A span's own context, for a record's header. */
    public static String header(Span span) {
        SpanContext own = span.getSpanContext();
        return "00-" + own.getTraceId() + "-" + own.getSpanId() + "-"
                + own.getTraceFlags().asHex();
    }

    /** The wall-clock time of a reading of {@link System#nanoTime()}. */
    public static Instant instant(long nanoTime) {
        return Instant.now().minusNanos(System.nanoTime() - nanoTime);
    }

    /** Ends a span now. */
    public static void end(Span span) {
        Instant now = Instant.now();
        span.end(TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano(), TimeUnit.NANOSECONDS);
    }
}
