// SPDX-License-Identifier: Apache-2.0
package io.sensorium.rollup.aggregate;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sensorium.pipeline.PipelineTopics;
import io.sensorium.pipeline.RollupSection.RollupWindow;
import io.sensorium.results.Rollup;
import io.sensorium.rollup.result.Totals;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.avro.Schema;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyQueryMetadata;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StoreQueryParameters;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.state.HostInfo;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.QueryableStoreTypes;
import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;
import org.apache.kafka.streams.state.ReadOnlyWindowStore;
import org.apache.kafka.streams.state.WindowStoreIterator;

/** Interactive queries of the roll-ups. Standby copies answer too, a little behind. Safe for several threads. */
public final class RollupQueries {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MAX_GROUPS = 1_000;

    private final PipelineTopics topics;
    private final KafkaStreams streams;
    private final HostInfo self;

    /** @param self this instance, as the others know it */
    public RollupQueries(PipelineTopics topics, KafkaStreams streams, HostInfo self) {
        this.topics = topics;
        this.streams = streams;
        this.self = self;
    }

    /** This instance. */
    public HostInfo self() {
        return self;
    }

    /**
     * The instances that hold a group, the active one first; empty while they are being assigned.
     *
     * @param group null for all results together
     */
    public List<HostInfo> hosts(String group) {
        KeyQueryMetadata metadata =
                streams.queryMetadataForKey(RollupWindows.OPEN, WindowKey.key(group), new GroupPartitioner());
        if (metadata == null || metadata.equals(KeyQueryMetadata.NOT_AVAILABLE)) {
            return List.of();
        }
        List<HostInfo> hosts = new ArrayList<>(List.of(metadata.activeHost()));
        hosts.addAll(metadata.standbyHosts());
        return hosts;
    }

    /** Every instance. */
    public List<HostInfo> instances() {
        return streams.streamsMetadataForStore(RollupWindows.OPEN).stream()
                .map(metadata -> metadata.hostInfo())
                .toList();
    }

    /**
     * A group's roll-ups that this instance holds, open ones too, by start.
     *
     * @param window its name
     * @param group null for all results together
     * @param from the earliest start, in ms
     * @param to the latest
     * @throws InvalidStateStoreException while the state is being restored
     */
    public ArrayNode local(String window, String group, long from, long to) {
        int index = topics.rollup().windows().stream()
                .map(RollupWindow::name)
                .toList()
                .indexOf(window);
        String key = WindowKey.key(group);
        TreeMap<Long, ObjectNode> byStart = new TreeMap<>();
        ReadOnlyWindowStore<String, Totals> closed = streams.store(StoreQueryParameters.fromNameAndType(
                        RollupWindows.CLOSED, QueryableStoreTypes.<String, Totals>windowStore())
                .enableStaleStores());
        try (WindowStoreIterator<Totals> found = closed.fetch(
                new WindowKey(index, 0, key).stored(),
                Instant.ofEpochMilli(Math.max(0, from)),
                Instant.ofEpochMilli(Math.max(0, to)))) {
            while (found.hasNext()) {
                KeyValue<Long, Totals> entry = found.next();
                byStart.put(entry.key, json(new WindowKey(index, entry.key, key), entry.value, true));
            }
        }
        try (KeyValueIterator<Bytes, Totals> all = open().all()) {
            while (all.hasNext()) {
                KeyValue<Bytes, Totals> entry = all.next();
                WindowKey open = WindowKey.ofEnd(entry.key, topics.rollup().windows());
                if (open.window() == index && open.group().equals(key) && open.start() >= from && open.start() <= to) {
                    byStart.put(open.start(), json(open, entry.value, false));
                }
            }
        }
        ArrayNode rollups = JSON.createArrayNode();
        rollups.addAll(byStart.values());
        return rollups;
    }

    /**
     * The groups with an open roll-up that this instance holds; at most a thousand.
     *
     * @throws InvalidStateStoreException while the state is being restored
     */
    public Set<String> localGroups() {
        Set<String> groups = new TreeSet<>();
        try (KeyValueIterator<Bytes, Totals> all = open().all()) {
            while (all.hasNext() && groups.size() < MAX_GROUPS) {
                String group = WindowKey.group(
                        WindowKey.ofEnd(all.next().key, topics.rollup().windows())
                                .group());
                if (group != null) {
                    groups.add(group);
                }
            }
        }
        return groups;
    }

    private ReadOnlyKeyValueStore<Bytes, Totals> open() {
        return streams.store(StoreQueryParameters.fromNameAndType(
                        RollupWindows.OPEN, QueryableStoreTypes.<Bytes, Totals>keyValueStore())
                .enableStaleStores());
    }

    private ObjectNode json(WindowKey key, Totals totals, boolean isFinal) {
        Rollup rollup = RollupRecords.rollup(
                topics,
                topics.rollup().windows().get(key.window()),
                key,
                totals,
                isFinal,
                Instant.ofEpochMilli(System.currentTimeMillis()));
        ObjectNode json = JSON.createObjectNode();
        for (Schema.Field field : rollup.getSchema().getFields()) {
            Object value = rollup.get(field.pos());
            json.set(
                    field.name(),
                    JSON.valueToTree(value instanceof Instant instant ? (Object) instant.toEpochMilli() : value));
        }
        return json;
    }
}
