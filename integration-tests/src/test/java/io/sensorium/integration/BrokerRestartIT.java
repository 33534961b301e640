// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sensorium.quickstart.layout.DistributionLayout;
import io.sensorium.quickstart.stack.EmbeddedBroker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The broker of the embedded stack, killed in the middle of a commit and started again: it commits what it was
 * committing, and whoever reads what is committed goes on.
 */
class BrokerRestartIT {

    /** Enough for the commit to take a while on all of them. */
    private static final int PARTITIONS = 200;

    private static final Map<TopicPartition, OffsetSpec> LATEST = IntStream.range(0, PARTITIONS)
            .boxed()
            .collect(Collectors.toMap(
                    partition -> new TopicPartition("t", partition), partition -> OffsetSpec.latest()));

    @TempDir
    Path folder;

    /** The sum of the partitions' ends. */
    private static long ends(Admin admin, IsolationLevel level) throws Exception {
        return admin
                .listOffsets(LATEST, new ListOffsetsOptions(level))
                .all()
                .get(60, TimeUnit.SECONDS)
                .values()
                .stream()
                .mapToLong(ListOffsetsResultInfo::offset)
                .sum();
    }

    @Test
    void commitsWhatItWasCommittingWhenItWasKilled() throws Exception {
        try (EmbeddedBroker broker =
                EmbeddedBroker.start(DistributionLayout.stackDistributions().resolve("broker"), folder, null)) {
            broker.await();
            broker.createTopics(PARTITIONS, "t");
            Map<String, Object> properties = new HashMap<>(broker.clientProperties());
            properties.put("transactional.id", "restarted");
            try (Admin admin = Admin.create(broker.clientProperties());
                    KafkaProducer<byte[], byte[]> producer =
                            new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
                producer.initTransactions();
                producer.beginTransaction();
                for (int partition = 0; partition < PARTITIONS; partition++) {
                    producer.send(new ProducerRecord<>("t", partition, null, new byte[] {1}));
                }
                producer.flush();
                CompletableFuture<Void> commit = CompletableFuture.runAsync(producer::commitTransaction);
                // Without a pause: all are notified within tens of milliseconds.
                while (ends(admin, IsolationLevel.READ_COMMITTED) == 0) {
                    assertThat(commit).isNotCompletedExceptionally();
                }
                broker.kill();
                broker.restart();
                commit.get(60, TimeUnit.SECONDS);
                await("the commit on all partitions")
                        .atMost(Duration.ofSeconds(30))
                        .until(() -> ends(admin, IsolationLevel.READ_COMMITTED)
                                == ends(admin, IsolationLevel.READ_UNCOMMITTED));
                // A record and a marker each; a marker may be there twice.
                assertThat(ends(admin, IsolationLevel.READ_COMMITTED)).isGreaterThanOrEqualTo(2L * PARTITIONS);
            }
        }
    }
}
