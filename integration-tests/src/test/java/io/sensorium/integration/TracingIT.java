// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.sensorium.results.SentimentResult;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Events that bring a {@code traceparent} get a span a stage, and their results go on with it. */
class TracingIT {

    private static final long T = 1_700_000_000_000L;
    private static final String TEXT = "0af7651916cd43dd8448eb211c80319c";
    private static final String IMAGE = "1bf7651916cd43dd8448eb211c80319d";
    private static final String SPAN = "b7ad6b7169203331";

    private final InMemorySpanExporter spans = InMemorySpanExporter.create();

    @BeforeEach
    void record() {
        GlobalOpenTelemetry.resetForTest();
        GlobalOpenTelemetry.set(OpenTelemetrySdk.builder()
                .setTracerProvider(SdkTracerProvider.builder()
                        .addSpanProcessor(SimpleSpanProcessor.create(spans))
                        .build())
                .build());
    }

    @AfterEach
    void reset() {
        GlobalOpenTelemetry.resetForTest();
    }

    private static Map<String, byte[]> traced(String trace) {
        return Map.of("traceparent", ("00-" + trace + "-" + SPAN + "-01").getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void everyStageIsLinkedToTheEventsAndTheResultGoesOn() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 1)) {
            topics.send("text", topics.event("text", "s", "t", T, "a happy day"), traced(TEXT));
            topics.send("image", topics.embedded("image", "s", "i", T + 1, 5), traced(IMAGE));
            topics.send("text", topics.event("text", "untraced", "t2", T, "nobody asked"));
            topics.send("text", topics.event("text", "blank", "t3", T, "  "), traced(TEXT));
            topics.flush();
            topics.runBounded(topics.config(
                    "strategy: tumbling, size: 10s, min_modalities: 1",
                    "parallelism: 1, checkpoint_interval: 1s, tracing: true"));
            Map<String, List<SpanData>> byStage =
                    spans.getFinishedSpanItems().stream().collect(Collectors.groupingBy(SpanData::getName));
            assertThat(byStage.keySet()).containsExactlyInAnyOrder("ingest", "encode", "align", "fuse", "emit");
            assertThat(byStage.get("ingest")).hasSize(3);
            assertThat(byStage.get("encode"))
                    .hasSize(3)
                    .filteredOn(span -> span.getStatus().getStatusCode() == StatusCode.ERROR)
                    .singleElement()
                    .satisfies(span ->
                            assertThat(span.getStatus().getDescription()).isEqualTo("EMPTY_PAYLOAD"));
            assertThat(byStage.get("align")).singleElement().satisfies(span -> linkedToBoth(span));
            assertThat(byStage.get("fuse")).as("two operators").hasSize(2).allSatisfy(TracingIT::linkedToBoth);
            SpanData fused = byStage.get("fuse").stream()
                    .filter(span -> span.getAttributes().asMap().containsValue("sentiment"))
                    .findFirst()
                    .orElseThrow();
            // The dead letter and the two results.
            assertThat(byStage.get("emit"))
                    .hasSize(3)
                    .filteredOn(span -> span.getParentSpanId().equals(fused.getSpanId()))
                    .singleElement()
                    .satisfies(emitted -> assertThat(
                                    topics.headers("results.sentiment").get(0))
                            .containsEntry(
                                    "traceparent", "00-" + fused.getTraceId() + "-" + emitted.getSpanId() + "-01"));
            assertThat(topics.headers("results.sentiment"))
                    .as("the other result is in no trace")
                    .hasSize(2)
                    .filteredOn(headers -> !headers.containsKey("traceparent"))
                    .hasSize(1);
            assertThat(topics.read("results.sentiment", new SentimentResult()))
                    .allSatisfy(result ->
                            assertThat(result.getAttributes().keySet()).containsOnly("group"));
        }
    }

    private static void linkedToBoth(SpanData span) {
        assertThat(span.getLinks())
                .extracting(link -> link.getSpanContext().getTraceId())
                .containsExactly(IMAGE, TEXT);
        assertThat(span.getTraceId()).as("a child of the first").isEqualTo(IMAGE);
        assertThat(span.getParentSpanId()).isEqualTo(SPAN);
        assertThat(span.getStartEpochNanos()).isLessThanOrEqualTo(span.getEndEpochNanos());
    }
}
