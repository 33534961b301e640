// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.DoubleSupplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.metrics.Gauge;
import org.apache.kafka.common.metrics.JmxReporter;
import org.apache.kafka.common.metrics.KafkaMetric;
import org.apache.kafka.common.metrics.MetricConfig;
import org.apache.kafka.common.utils.Time;
import org.junit.jupiter.api.Test;

class FetchReporterTest {

    private final FetchProgress progress = new FetchProgress();
    private final FetchReporter reporter = new FetchReporter();

    private static KafkaMetric metric(String name, Map<String, String> tags, DoubleSupplier value) {
        return new KafkaMetric(
                new Object(),
                new MetricName(name, "consumer-fetch-manager-metrics", "", tags),
                (Gauge<Double>) (config, now) -> value.getAsDouble(),
                new MetricConfig(),
                Time.SYSTEM);
    }

    /** As Kafka registers it with the first fetch of a partition. */
    static KafkaMetric lag(DoubleSupplier value) {
        return metric("records-lag", Map.of("topic", "t", "partition", "0"), value);
    }

    @Test
    void aPartitionHasUnreadRecordsUntilTheLagIsNothingAndAllThatWasFetchedIsRead() {
        reporter.configure(Map.of(FetchProgress.PROPERTY, progress));
        reporter.init(List.of(metric("records-lag-max", Map.of("topic", "t", "partition", "0"), () -> 0)));
        assertThat(progress.hasUnread(0, 0)).as("never fetched").isTrue();
        double[] left = {Double.NaN};
        KafkaMetric lag = lag(() -> left[0]);
        reporter.metricChange(lag);
        assertThat(progress.hasUnread(0, 0)).as("without a value yet").isTrue();
        left[0] = 3;
        assertThat(progress.hasUnread(0, 0)).isTrue();
        left[0] = 0;
        assertThat(progress.hasUnread(0, 0)).isFalse();
        TopicPartition partition = new TopicPartition("t", 0);
        reporter.onConsume(new ConsumerRecords<>(
                Map.of(
                        partition,
                        List.of(
                                new ConsumerRecord<byte[], byte[]>("t", 0, 6, null, null),
                                new ConsumerRecord<byte[], byte[]>("t", 0, 8, null, null))),
                Map.of()));
        assertThat(progress.hasUnread(0, 7)).isTrue();
        assertThat(progress.hasUnread(0, 9)).isFalse();
        reporter.metricRemoval(lag);
        assertThat(progress.hasUnread(0, 9)).as("no longer assigned").isTrue();
    }

    @Test
    void isAddedBehindWhatTheUserHasSet() {
        Properties consumer = new Properties();
        consumer.setProperty("interceptor.classes", "a.B, c.D");
        FetchReporter.add(consumer, progress);
        String own = FetchReporter.class.getName();
        assertThat(consumer)
                .containsEntry("interceptor.classes", "a.B, c.D," + own)
                .containsEntry("metric.reporters", JmxReporter.class.getName() + "," + own)
                .containsEntry(FetchProgress.PROPERTY, progress);
    }

    /** The connector makes its admin client of those properties that are text. */
    @Test
    void reportsToNobodyWhereNobodyIsGiven() {
        reporter.configure(Map.of("metric.reporters", FetchReporter.class.getName()));
        reporter.metricChange(lag(() -> 0));
        assertThat(progress.hasUnread(0, 0)).isTrue();
    }
}
