// SPDX-License-Identifier: Apache-2.0
package io.sensorium.rollup.feed;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sensorium.pipeline.PipelineTopics;
import io.sensorium.results.DeadLetter;
import io.sensorium.results.ModerationDecision;
import io.sensorium.results.SentimentResult;
import io.sensorium.rollup.result.DisplayText;
import io.sensorium.rollup.result.ResultSchemas;
import io.sensorium.schemas.RecordDecoder;
import io.sensorium.schemas.SchemaRegistry;
import io.sensorium.schemas.WireFormatException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads what the pipeline commits and shows it to the watchers: every kind's newest records for who comes later, at
 * most so many results a second, and once a second what the topics and the whole are like. One thread reads; the rest
 * is safe for several.
 */
public final class LiveFeed implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(LiveFeed.class);
    private static final int KEPT = 60;
    private static final int RESULTS_A_SECOND = 40;
    private static final long TICK_MS = 1_000;

    private final PipelineTopics topics;
    private final TopicMonitor watch;
    private final Subscribers subscribers = new Subscribers();
    private final Map<String, RecordDecoder<SpecificRecordBase>> decoders = new HashMap<>();
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Thread thread;
    private final Map<String, Deque<ObjectNode>> newest = new LinkedHashMap<>();
    private final SentimentTimeSeries sentiment = new SentimentTimeSeries();
    private final Map<String, Long> counts = new TreeMap<>();
    private final Map<String, Long> deadByCode = new TreeMap<>();
    private int sentThisSecond;
    private long nextTick;
    private volatile boolean closed;

    /** Starts reading a little before the topics' present ends. */
    public LiveFeed(PipelineTopics topics, SchemaRegistry registry, TopicMonitor watch) {
        this.topics = topics;
        this.watch = watch;
        schemas(topics).forEach((topic, schema) -> decoders.put(topic, RecordDecoder.of(schema, registry)));
        Properties properties = topics.kafka().clientProperties();
        properties.put("isolation.level", "read_committed");
        properties.put("auto.offset.reset", "latest");
        properties.put("fetch.max.wait.ms", "200");
        properties.put("client.id", "sensorium-" + topics.pipeline() + "-dashboard");
        consumer = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        thread = new Thread(this::run, "live-feed");
        thread.setDaemon(true);
        thread.start();
    }

    private static Map<String, Schema> schemas(PipelineTopics topics) {
        Map<String, Schema> schemas = ResultSchemas.of(topics);
        schemas.put(topics.sideTopics().deadLetters(), DeadLetter.getClassSchema());
        if (!topics.moderation().isEmpty()) {
            schemas.put(topics.moderation(), ModerationDecision.getClassSchema());
        }
        return schemas;
    }

    /** Who watches. */
    public Subscribers subscribers() {
        return subscribers;
    }

    /** What a new watcher is shown first: the newest records of every kind, and the curve so far. */
    public String snapshot() {
        ObjectNode snapshot = DisplayText.JSON.createObjectNode();
        synchronized (newest) {
            ArrayNode records = snapshot.putArray("records");
            newest.values().forEach(records::addAll);
            snapshot.set("sentiment", sentiment.history());
        }
        return snapshot.toString();
    }

    private void run() {
        try {
            while (!closed) {
                try {
                    assign();
                    read();
                } catch (WakeupException | InterruptException e) {
                    return;
                } catch (KafkaException | IOException e) {
                    LOG.warn("the dashboard's feed restarts: {}", e.toString());
                    Thread.sleep(TICK_MS);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            consumer.close();
        }
    }

    private void assign() {
        List<TopicPartition> partitions = new ArrayList<>();
        decoders.keySet().forEach(topic -> {
            var found = consumer.partitionsFor(topic);
            (found == null ? List.<PartitionInfo>of() : found)
                    .forEach(info -> partitions.add(new TopicPartition(topic, info.partition())));
        });
        List<TopicPartition> unread = partitions.stream()
                .filter(partition -> !consumer.assignment().contains(partition))
                .toList();
        Map<TopicPartition, Long> positions = new HashMap<>();
        consumer.assignment().forEach(partition -> positions.put(partition, consumer.position(partition)));
        consumer.assign(partitions);
        positions.forEach(consumer::seek);
        Map<TopicPartition, Long> ends = consumer.endOffsets(unread);
        Map<TopicPartition, Long> beginnings = consumer.beginningOffsets(unread);
        unread.forEach(
                partition -> consumer.seek(partition, Math.max(beginnings.get(partition), ends.get(partition) - KEPT)));
    }

    private void read() throws IOException {
        nextTick = System.currentTimeMillis() + TICK_MS;
        while (!closed) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
                show(record);
            }
            if (System.currentTimeMillis() >= nextTick) {
                nextTick += TICK_MS * Math.max(1, (System.currentTimeMillis() - nextTick) / TICK_MS + 1);
                tick();
            }
        }
    }

    private void show(ConsumerRecord<byte[], byte[]> record) throws IOException {
        SpecificRecordBase value;
        try {
            value = decoders.get(record.topic()).decode(record.value());
        } catch (WireFormatException | SchemaRegistry.UnknownSchemaException e) {
            LOG.warn("{}-{}@{} is not shown: {}", record.topic(), record.partition(), record.offset(), e.getMessage());
            return;
        }
        ObjectNode json = RecordJson.of(value, topics.rollup().groupBy());
        json.put("at", json.has("at") ? json.get("at").asLong() : record.timestamp());
        String kind = json.get("kind").asText();
        synchronized (newest) {
            counts.merge(kind, 1L, Long::sum);
            if (value instanceof DeadLetter letter) {
                deadByCode.merge(letter.getCode(), 1L, Long::sum);
            }
            if (value instanceof SentimentResult result) {
                sentiment.add(
                        result,
                        RecordJson.group(result.getAttributes(), topics.rollup().groupBy()));
            }
            Deque<ObjectNode> kept = newest.computeIfAbsent(kind, k -> new ArrayDeque<>());
            kept.addLast(json);
            if (kept.size() > KEPT) {
                kept.removeFirst();
            }
        }
        // Records that need attention are always sent; results only up to a rate, except for the curve.
        if (kind.equals("decision") || sentThisSecond++ < RESULTS_A_SECOND) {
            subscribers.send("record", json.toString());
        }
    }

    private void tick() {
        ObjectNode tick = DisplayText.JSON.createObjectNode().put("at", System.currentTimeMillis());
        synchronized (newest) {
            tick.set("sentiment", sentiment.tick(System.currentTimeMillis()));
            tick.set("counts", DisplayText.JSON.valueToTree(counts));
            tick.set("dead_by_code", DisplayText.JSON.valueToTree(deadByCode));
        }
        tick.put("left_out", Math.max(0, sentThisSecond - RESULTS_A_SECOND));
        sentThisSecond = 0;
        tick.set("topics", watch.now());
        tick.put("job", watch.job());
        subscribers.send("tick", tick.toString());
        // Topics that did not exist yet when reading began.
        if (consumer.assignment().stream().map(TopicPartition::topic).distinct().count() < decoders.size()) {
            assign();
        }
    }

    @Override
    public void close() {
        closed = true;
        consumer.wakeup();
        try {
            thread.join(5_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
