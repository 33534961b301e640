// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.ReaderInfo;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.connector.source.SplitsAssignment;
import org.apache.flink.connector.kafka.source.enumerator.KafkaSourceEnumState;
import org.apache.flink.connector.kafka.source.enumerator.KafkaSourceEnumerator;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.kafka.clients.consumer.OffsetResetStrategy;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** The connector's own enumerator, between the discovery and a coordinator whose steps the test takes one by one. */
class AssignmentContextTest {

    private static final String TOPIC = "t";

    /** What the coordinator's and the worker's threads would do next. */
    private final Queue<Runnable> steps = new ArrayDeque<>();

    private final List<Integer> assigned = new ArrayList<>();
    /** What had been assigned each time that the context reported that all was. */
    private final List<List<Integer>> assignedAt = new ArrayList<>();

    private final Map<Integer, ReaderInfo> readers = new HashMap<>();
    private final Set<Integer> partitions = new HashSet<>(Set.of(0, 1));
    private Runnable request;

    @SuppressWarnings("unchecked")
    private final SplitEnumeratorContext<KafkaPartitionSplit> flink =
            (SplitEnumeratorContext<KafkaPartitionSplit>) Proxy.newProxyInstance(
                    getClass().getClassLoader(),
                    new Class<?>[] {SplitEnumeratorContext.class},
                    (proxy, method, arguments) -> switch (method.getName()) {
                        case "metricGroup" -> UnregisteredMetricsGroup.createSplitEnumeratorMetricGroup();
                        case "currentParallelism" -> 1;
                        case "registeredReaders" -> readers;
                        case "assignSplits" -> {
                            ((SplitsAssignment<KafkaPartitionSplit>) arguments[0])
                                    .assignment()
                                    .values()
                                    .forEach(splits -> splits.forEach(split -> assigned.add(split.getPartition())));
                            yield null;
                        }
                        case "callAsync" -> {
                            Runnable call = () ->
                                    call((Callable<Object>) arguments[0], (BiConsumer<Object, Throwable>) arguments[1]);
                            if (arguments.length == 4) {
                                request = call;
                            } else {
                                steps.add(call);
                            }
                            yield null;
                        }
                        default -> throw new UnsupportedOperationException(method.toString());
                    });

    /** The call at once, as the worker does; its handler in turn. */
    private void call(Callable<Object> call, BiConsumer<Object, Throwable> handler) {
        try {
            Object result = call.call();
            steps.add(() -> handler.accept(result, null));
        } catch (Exception e) {
            steps.add(() -> handler.accept(null, e));
        }
    }

    private void takeAllSteps() {
        while (!steps.isEmpty()) {
            steps.remove().run();
        }
    }

    private KafkaSourceEnumerator enumerator(KafkaSourceEnumState state) {
        PartitionDiscovery discovery = new PartitionDiscovery(TOPIC);
        Properties client = new Properties();
        // A client is made, and not asked for anything.
        client.put("bootstrap.servers", "127.0.0.1:1");
        client.put("partition.discovery.interval.ms", "1000");
        return new KafkaSourceEnumerator(
                admin -> discovery.discover(topic -> partitions),
                new FromZero(),
                new FromZero(),
                client,
                new AssignmentContext<>(flink, () -> assignedAt.add(List.copyOf(assigned))),
                Boundedness.CONTINUOUS_UNBOUNDED,
                state);
    }

    /** Asks no broker. */
    private static final class FromZero implements OffsetsInitializer {
        private static final long serialVersionUID = 1L;

        @Override
        public Map<TopicPartition, Long> getPartitionOffsets(
                Collection<TopicPartition> partitions, PartitionOffsetsRetriever retriever) {
            return partitions.stream().collect(Collectors.toMap(partition -> partition, partition -> 0L));
        }

        @Override
        public OffsetResetStrategy getAutoOffsetResetStrategy() {
            return OffsetResetStrategy.EARLIEST;
        }
    }

    @Test
    void answersThatArriveInARowAssignEachPartitionOnce() {
        readers.put(0, new ReaderInfo(0, "here"));
        try (KafkaSourceEnumerator enumerator = enumerator(new KafkaSourceEnumState(Set.of(), false))) {
            enumerator.start();
            request.run();
            request.run();
            assertThat(assignedAt).isEmpty();
            takeAllSteps();
            assertThat(assigned).containsExactlyInAnyOrder(0, 1);
            assertThat(assignedAt)
                    .isNotEmpty()
                    .allSatisfy(then -> assertThat(then).containsExactlyInAnyOrder(0, 1));
            partitions.add(2);
            request.run();
            request.run();
            request.run();
            takeAllSteps();
            assertThat(assigned).containsExactlyInAnyOrder(0, 1, 2);
            partitions.add(3);
            request.run();
            takeAllSteps();
            assertThat(assigned).as("the next request").containsExactlyInAnyOrder(0, 1, 2, 3);
        }
    }

    @Test
    void afterARestoreOnlyPartitionsThatWereAddedAreAssigned() {
        readers.put(0, new ReaderInfo(0, "here"));
        List<KafkaPartitionSplit> saved = List.of(
                new KafkaPartitionSplit(new TopicPartition(TOPIC, 0), 7),
                new KafkaPartitionSplit(new TopicPartition(TOPIC, 1), 7));
        partitions.add(2);
        try (KafkaSourceEnumerator enumerator = enumerator(new KafkaSourceEnumState(saved, List.of(), true))) {
            enumerator.start();
            request.run();
            request.run();
            takeAllSteps();
            request.run();
            takeAllSteps();
            assertThat(assigned).containsExactly(2);
        }
    }
}
