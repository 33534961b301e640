// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.fuse;

import io.opentelemetry.api.trace.Span;
import io.sensorium.job.alignment.AlignedWindow;
import io.sensorium.job.alignment.EncodedEvent;
import io.sensorium.job.records.OutputRecord;
import io.sensorium.job.records.Stage;
import io.sensorium.job.trace.StageTracer;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/** Spans of windows that hold traced events. For one thread. */
final class WindowSpans {

    private final StageTracer tracer;

    WindowSpans(StageTracer tracer) {
        this.tracer = tracer;
    }

    private static List<String> parents(AlignedWindow window) {
        return window.events().stream()
                .map(EncodedEvent::trace)
                .filter(Objects::nonNull)
                .toList();
    }

    /**
     * From the reading of a window's first event until it left alignment.
     *
     * @param left by {@link System#nanoTime()}
     * @return the span's context, or empty
     */
    String aligned(AlignedWindow window, long left) {
        List<String> parents = parents(window);
        if (parents.isEmpty()) {
            return "";
        }
        long first =
                window.events().stream().mapToLong(EncodedEvent::readAt).min().orElseThrow();
        Span span = tracer.start(Stage.ALIGN, parents, Instant.ofEpochMilli(first))
                .setAttribute("sensorium.subject", window.subject())
                .setAttribute("sensorium.complete", window.complete());
        span.end(StageTracer.instant(left));
        return StageTracer.header(span);
    }

    /**
     * From the beginning of a batch until now.
     *
     * @param began by {@link System#nanoTime()}
     * @return the record, within the span where there is one
     */
    OutputRecord fused(LoadedOperator operator, AlignedWindow window, OutputRecord record, long began) {
        List<String> parents = parents(window);
        if (parents.isEmpty()) {
            return record;
        }
        Span span = tracer.start(Stage.FUSE, parents, StageTracer.instant(began))
                .setAttribute("sensorium.operator", operator.key())
                .setAttribute("sensorium.model", operator.head().manifest().id());
        StageTracer.end(span);
        return record.withTrace(StageTracer.header(span));
    }
}
