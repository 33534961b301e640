// SPDX-License-Identifier: Apache-2.0
package io.sensorium.rollup.aggregate;

import io.sensorium.pipeline.PipelineTopics;
import io.sensorium.pipeline.RollupSection;
import io.sensorium.pipeline.RollupSection.RollupWindow;
import io.sensorium.results.Rollup;
import io.sensorium.rollup.result.Totals;
import io.sensorium.schemas.RecordEncoder;
import io.sensorium.schemas.SchemaRegistry;
import java.time.Duration;
import java.util.function.Supplier;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.state.Stores;

/** {@code results → changes → by group → windows → roll-ups}. */
public final class RollupTopology {

    /**
     * A result may be revised for as long as its window's own lateness, which this app does not know; an id is
     * remembered for this long at least.
     */
    private static final Duration REMEMBERED = Duration.ofHours(1);

    /** For queries. */
    private static final Duration KEPT = Duration.ofHours(6);

    private RollupTopology() {}

    /**
     * @param partitions the most of any of the results' topics
     * @param encoders of roll-ups, one for each thread
     * @param idleAfter without a record a partition holds nothing back
     */
    public record Surroundings(
            SchemaRegistry registry,
            Supplier<RecordEncoder<Rollup>> encoders,
            int partitions,
            Duration idleAfter,
            RollupMetrics metrics) {}

    /** Wires the topology; reads and starts nothing. */
    public static Topology build(PipelineTopics topics, Surroundings surroundings) {
        RollupSection section = topics.rollup();
        StreamsBuilder builder = new StreamsBuilder();
        builder.addStateStore(Stores.keyValueStoreBuilder(
                Stores.persistentKeyValueStore(CountedResults.BY_ID),
                Serdes.String(),
                StateFormat.versioned(Contribution::write, Contribution::read)));
        builder.addStateStore(Stores.keyValueStoreBuilder(
                Stores.persistentKeyValueStore(CountedResults.BY_INSTANT), Serdes.Bytes(), Serdes.ByteArray()));
        builder.addStateStore(Stores.keyValueStoreBuilder(
                Stores.persistentKeyValueStore(RollupWindows.OPEN), Serdes.Bytes(), totals()));
        builder.addStateStore(Stores.windowStoreBuilder(
                Stores.persistentWindowStore(
                        RollupWindows.CLOSED, longest(section).plus(KEPT), Duration.ofMillis(1), false),
                Serdes.String(),
                totals()));
        builder.addStateStore(Stores.keyValueStoreBuilder(
                Stores.persistentKeyValueStore(RollupWindows.PROGRESS), Serdes.Integer(), Serdes.Long()));
        builder.stream(
                        ResultContribution.schemas(topics).keySet(),
                        Consumed.with(Serdes.ByteArray(), Serdes.ByteArray()))
                .process(
                        () -> new ResultDelta(
                                topics,
                                surroundings.registry(),
                                longest(section).plus(REMEMBERED),
                                surroundings.idleAfter(),
                                surroundings.metrics()),
                        CountedResults.BY_ID,
                        CountedResults.BY_INSTANT)
                .repartition(Repartitioned.<String, AggregatorMessage>as("by-group")
                        .withKeySerde(Serdes.String())
                        .withValueSerde(AggregatorMessage.serde())
                        .withNumberOfPartitions(surroundings.partitions())
                        .withStreamPartitioner(new GroupPartitioner()))
                .process(
                        () -> new RollupWindows(
                                section,
                                surroundings.partitions(),
                                new RollupRecords(
                                        topics, surroundings.encoders().get()),
                                surroundings.metrics()),
                        RollupWindows.OPEN,
                        RollupWindows.CLOSED,
                        RollupWindows.PROGRESS)
                .to(section.output(), Produced.with(Serdes.String(), Serdes.ByteArray()));
        return builder.build();
    }

    private static Duration longest(RollupSection section) {
        return section.windows().stream()
                .map(RollupWindow::size)
                .max(Duration::compareTo)
                .orElse(Duration.ZERO)
                .plus(section.grace());
    }

    private static Serde<Totals> totals() {
        return StateFormat.versioned(Totals::write, Totals::read);
    }
}
