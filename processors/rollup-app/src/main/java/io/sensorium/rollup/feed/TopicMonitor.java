// SPDX-License-Identifier: Apache-2.0
package io.sensorium.rollup.feed;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sensorium.pipeline.PipelineTopics;
import io.sensorium.rollup.result.DisplayText;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The state of the input topics, polled from the broker every two seconds: their rates, the newest record of each, how
 * far behind the fusion job's committed offsets are; and the job's watermarks. Safe for several threads.
 */
public final class TopicMonitor implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(TopicMonitor.class);
    private static final long EVERY_MS = 2_000;
    private static final int TIMEOUT_SECONDS = 10;

    private final PipelineTopics topics;
    private final Admin admin;
    private final JobWatermarks job;
    private final ScheduledExecutorService schedule = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "topic-watch");
        thread.setDaemon(true);
        return thread;
    });
    private final Map<TopicPartition, Long> lastEnds = new HashMap<>();
    private long lastPolled;
    private boolean complained;
    private volatile JsonNode now = DisplayText.JSON.createArrayNode();

    /** @param token that the job's endpoint may demand; null for none */
    public TopicMonitor(PipelineTopics topics, String token) {
        this.topics = topics;
        Properties properties = topics.kafka().clientProperties();
        properties.putIfAbsent("default.api.timeout.ms", Integer.toString(TIMEOUT_SECONDS * 1000));
        properties.putIfAbsent("request.timeout.ms", Integer.toString(TIMEOUT_SECONDS * 500));
        admin = Admin.create(properties);
        job = new JobWatermarks(topics.rollup().job(), token);
        schedule.scheduleWithFixedDelay(this::poll, 0, EVERY_MS, TimeUnit.MILLISECONDS);
    }

    /** By modality, as it was last seen. */
    JsonNode now() {
        return now;
    }

    /** Whether the fusion job's endpoint answers, in lower case, such as {@code unreachable}. */
    String job() {
        return job.state().name().toLowerCase(Locale.ROOT);
    }

    private void poll() {
        try {
            Map<String, List<TopicPartition>> partitions = partitions();
            List<TopicPartition> all =
                    partitions.values().stream().flatMap(List::stream).toList();
            Map<TopicPartition, ListOffsetsResultInfo> ends = offsets(all, OffsetSpec.latest());
            Map<TopicPartition, ListOffsetsResultInfo> newest = offsets(all, OffsetSpec.maxTimestamp());
            Map<TopicPartition, Long> committed = new HashMap<>();
            admin.listConsumerGroupOffsets("sensorium-" + topics.pipeline())
                    .partitionsToOffsetAndMetadata()
                    .get(TIMEOUT_SECONDS, TimeUnit.SECONDS)
                    .forEach((partition, offset) -> {
                        if (offset != null) {
                            committed.put(partition, offset.offset());
                        }
                    });
            now = describe(partitions, ends, newest, committed);
            complained = false;
        } catch (ExecutionException | TimeoutException | RuntimeException e) {
            if (!complained) {
                LOG.warn("the state of the topics is unknown: {}", e.toString());
                complained = true;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Map<String, List<TopicPartition>> partitions()
            throws ExecutionException, InterruptedException, TimeoutException {
        Map<String, List<TopicPartition>> partitions = new LinkedHashMap<>();
        for (Map.Entry<String, TopicDescription> topic : admin.describeTopics(
                        topics.modalities().values())
                .allTopicNames()
                .get(TIMEOUT_SECONDS, TimeUnit.SECONDS)
                .entrySet()) {
            List<TopicPartition> its = new ArrayList<>();
            topic.getValue()
                    .partitions()
                    .forEach(info -> its.add(new TopicPartition(topic.getKey(), info.partition())));
            partitions.put(topic.getKey(), its);
        }
        return partitions;
    }

    private Map<TopicPartition, ListOffsetsResultInfo> offsets(List<TopicPartition> partitions, OffsetSpec which)
            throws ExecutionException, InterruptedException, TimeoutException {
        Map<TopicPartition, OffsetSpec> request = new HashMap<>();
        partitions.forEach(partition -> request.put(partition, which));
        return admin.listOffsets(request).all().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }

    private ArrayNode describe(
            Map<String, List<TopicPartition>> partitions,
            Map<TopicPartition, ListOffsetsResultInfo> ends,
            Map<TopicPartition, ListOffsetsResultInfo> newest,
            Map<TopicPartition, Long> committed) {
        long polled = System.currentTimeMillis();
        double seconds = lastPolled == 0 ? 0 : (polled - lastPolled) / 1000.0;
        ArrayNode described = DisplayText.JSON.createArrayNode();
        Map<String, ObjectNode> watermarks = job.byModality();
        topics.modalities().forEach((modality, topic) -> {
            long arrived = 0;
            long lag = 0;
            long last = -1;
            boolean committing = false;
            for (TopicPartition partition : partitions.getOrDefault(topic, List.of())) {
                long end = ends.get(partition).offset();
                arrived += end - lastEnds.getOrDefault(partition, end);
                last = Math.max(last, newest.get(partition).timestamp());
                committing |= committed.containsKey(partition);
                lag += end - Math.min(end, committed.getOrDefault(partition, 0L));
            }
            ObjectNode one = described
                    .addObject()
                    .put("modality", modality)
                    .put("topic", topic)
                    .put("partitions", partitions.getOrDefault(topic, List.of()).size());
            if (seconds > 0) {
                one.put("rate", arrived / seconds);
            }
            if (committing) {
                one.put("lag", lag);
            }
            if (last >= 0) {
                one.put("newest", last);
            }
            if (watermarks.containsKey(modality)) {
                one.set("job", watermarks.get(modality));
            }
        });
        // Two modalities may read one topic.
        ends.forEach((partition, end) -> lastEnds.put(partition, end.offset()));
        lastPolled = polled;
        return described;
    }

    @Override
    public void close() {
        schedule.shutdownNow();
        admin.close();
    }
}
