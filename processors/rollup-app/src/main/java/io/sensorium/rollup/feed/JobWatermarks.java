// SPDX-License-Identifier: Apache-2.0
package io.sensorium.rollup.feed;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sensorium.rollup.result.DisplayText;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watermarks from the fusion job's own metrics. {@link #byModality()} is for one thread, {@link #state()} for several.
 */
final class JobWatermarks {

    private static final Logger LOG = LoggerFactory.getLogger(JobWatermarks.class);
    private static final String WATERMARK = "watermark_timestamp_seconds";
    private static final Pattern SAMPLE = Pattern.compile(
            "flink_\\w*?_sensorium_modality_(partition_)?(watermark_timestamp_seconds|idle|watermark_bottleneck)"
                    + "\\{([^}]*)} (\\S+)");
    private static final Pattern LABEL = Pattern.compile("(\\w+)=\"([^\"]*)\"");

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
    private final String base;
    private final String token;
    private boolean complained;
    private volatile State state;

    /** Whether the job's endpoint answers. */
    enum State {
        NOT_CONFIGURED,
        UNKNOWN,
        REACHABLE,
        UNREACHABLE
    }

    /**
     * @param base of the job's endpoint; empty where unknown
     * @param token it demands; null for none
     */
    JobWatermarks(String base, String token) {
        this.base = base.endsWith("/") ? base.substring(0, base.length() - 1) : base;
        this.token = token;
        this.state = base.isEmpty() ? State.NOT_CONFIGURED : State.UNKNOWN;
    }

    /** As of the last request. */
    State state() {
        return state;
    }

    /**
     * The watermark in epoch ms, {@code idle} and {@code watermark_bottleneck} by modality, with the partitions' own;
     * empty where the job does not answer.
     */
    Map<String, ObjectNode> byModality() {
        if (base.isEmpty()) {
            return Map.of();
        }
        try {
            HttpRequest.Builder request =
                    HttpRequest.newBuilder(URI.create(base + "/metrics")).timeout(Duration.ofSeconds(3));
            if (token != null) {
                request.header("Authorization", "Bearer " + token);
            }
            HttpResponse<String> response = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() != 200) {
                throw new IOException("status " + response.statusCode());
            }
            complained = false;
            state = State.REACHABLE;
            return parse(response.body());
        } catch (IOException e) {
            state = State.UNREACHABLE;
            if (!complained) {
                LOG.warn("no metrics from rollup.job {}: {}", base, e.toString());
                complained = true;
            }
            return Map.of();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Map.of();
        }
    }

    /** Reads Prometheus text. Subtasks see the same watermarks, so the one that is furthest behind counts. */
    static Map<String, ObjectNode> parse(String text) {
        Map<String, ObjectNode> all = new HashMap<>();
        Matcher sample = SAMPLE.matcher(text);
        while (sample.find()) {
            Map<String, String> labels = new HashMap<>();
            Matcher label = LABEL.matcher(sample.group(3));
            while (label.find()) {
                labels.put(label.group(1), label.group(2));
            }
            String modality = labels.get("modality");
            double value = Double.parseDouble(sample.group(4));
            if (modality == null || Double.isNaN(value)) {
                continue;
            }
            ObjectNode one = all.computeIfAbsent(modality, name -> DisplayText.JSON.createObjectNode());
            if (sample.group(1) != null) {
                ObjectNode partition =
                        one.withObjectProperty("partitions").withObjectProperty(labels.getOrDefault("partition", "?"));
                if (sample.group(2).equals(WATERMARK)) {
                    partition.put("watermark", Math.round(value * 1e3));
                } else {
                    partition.put(sample.group(2), (long) value);
                }
            } else if (sample.group(2).equals(WATERMARK)) {
                long millis = Math.round(value * 1e3);
                one.put(
                        "watermark",
                        one.has("watermark") ? Math.min(one.get("watermark").asLong(), millis) : millis);
            } else {
                one.put(sample.group(2), one.path(sample.group(2)).asBoolean() || value > 0);
            }
        }
        return all;
    }
}
