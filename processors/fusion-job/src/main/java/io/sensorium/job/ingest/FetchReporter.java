// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest;

import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerInterceptor;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.metrics.JmxReporter;
import org.apache.kafka.common.metrics.KafkaMetric;
import org.apache.kafka.common.metrics.MetricsReporter;

/**
 * Tells a {@link FetchProgress} how far a consumer has fetched. Kafka makes two of it, an interceptor, which sees the
 * records, and a reporter of metrics, which sees the lag; the connector gives no access to its consumer. For the
 * consumer's thread.
 */
public final class FetchReporter implements ConsumerInterceptor<byte[], byte[]>, MetricsReporter {

    private FetchProgress progress;

    /** For Kafka. */
    public FetchReporter() {}

    /** Adds the reporter to a consumer's properties, behind those that are there. */
    static void add(Properties consumer, FetchProgress progress) {
        consumer.put(FetchProgress.PROPERTY, progress);
        append(consumer, ConsumerConfig.INTERCEPTOR_CLASSES_CONFIG, "");
        append(consumer, ConsumerConfig.METRIC_REPORTER_CLASSES_CONFIG, JmxReporter.class.getName());
    }

    private static void append(Properties consumer, String name, String otherwise) {
        String others = consumer.getProperty(name, otherwise).strip();
        consumer.setProperty(name, (others.isEmpty() ? "" : others + ",") + FetchReporter.class.getName());
    }

    /** Kafka gives the connector's admin client the same properties, but for those that are no text. */
    @Override
    public void configure(Map<String, ?> properties) {
        progress = properties.get(FetchProgress.PROPERTY) instanceof FetchProgress given ? given : new FetchProgress();
    }

    @Override
    public ConsumerRecords<byte[], byte[]> onConsume(ConsumerRecords<byte[], byte[]> records) {
        for (TopicPartition partition : records.partitions()) {
            List<ConsumerRecord<byte[], byte[]>> ofPartition = records.records(partition);
            progress.fetched(
                    partition.partition(),
                    ofPartition.get(ofPartition.size() - 1).offset() + 1);
        }
        return records;
    }

    @Override
    public void onCommit(Map<TopicPartition, OffsetAndMetadata> offsets) {}

    @Override
    public void init(List<KafkaMetric> metrics) {
        metrics.forEach(this::metricChange);
    }

    @Override
    public void metricChange(KafkaMetric metric) {
        if (isLag(metric.metricName())) {
            progress.lag(partition(metric.metricName()), metric);
        }
    }

    @Override
    public void metricRemoval(KafkaMetric metric) {
        if (isLag(metric.metricName())) {
            progress.removeLag(partition(metric.metricName()), metric);
        }
    }

    private static boolean isLag(MetricName name) {
        return name.name().equals("records-lag") && name.tags().containsKey("partition");
    }

    /** A source reads one topic, so the number says which. */
    private static int partition(MetricName name) {
        return Integer.parseInt(name.tags().get("partition"));
    }

    @Override
    public void close() {}
}
