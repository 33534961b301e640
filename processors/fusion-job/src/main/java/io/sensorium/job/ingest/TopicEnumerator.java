// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.connector.kafka.source.enumerator.KafkaSourceEnumState;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.runtime.throwable.ThrowableAnnotation;
import org.apache.flink.runtime.throwable.ThrowableType;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.Uuid;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connector's enumerator; keeps the topic's id with the saved state, and ends the job where the topic has another
 * one after a restore. For the coordinator's thread.
 */
final class TopicEnumerator implements SplitEnumerator<KafkaPartitionSplit, TopicState> {

    private static final Logger LOG = LoggerFactory.getLogger(TopicEnumerator.class);
    private static final Duration REFRESH = Duration.ofSeconds(10);

    private final SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> connector;
    private final PartitionDiscovery discovery;
    private final SplitEnumeratorContext<KafkaPartitionSplit> context;
    private final String topic;
    private final Properties client;
    private final Optional<Uuid> restored;
    private Optional<Uuid> current;
    private boolean compared;
    private boolean assigned;

    /** Makes the connector's enumerator. */
    interface Connector {
        /** @param assigned to run after each listing of the topic's partitions, once all have been assigned */
        SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> create(Runnable assigned) throws IOException;
    }

    /** @param restored the id with which the offsets were saved */
    TopicEnumerator(
            Connector connector,
            PartitionDiscovery discovery,
            SplitEnumeratorContext<KafkaPartitionSplit> context,
            String topic,
            Properties client,
            Optional<Uuid> restored)
            throws IOException {
        this.connector = connector.create(this::assigned);
        this.discovery = discovery;
        this.context = context;
        this.topic = topic;
        this.client = client;
        this.restored = restored;
        this.current = restored;
    }

    /**
     * The saved offsets are of a topic that is gone. They would be just as wrong the next time, so Flink does not
     * restart the job.
     */
    @ThrowableAnnotation(ThrowableType.NonRecoverableError)
    static final class RecreatedTopicException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        RecreatedTopicException(String message) {
            super(message);
        }
    }

    /** What is wrong with saved offsets of a topic whose id has changed, and what to do. */
    static String recreated(String topic, Uuid before, Uuid now) {
        return "topic " + topic + " was deleted and created again since the state was saved (its id was " + before
                + ", now it is " + now + "): the saved offsets stand for records that are gone, and resuming from them"
                + " would skip new ones. Start without the state (run --fresh; on a cluster, without -s), which reads"
                + " every topic from runtime.start on";
    }

    @Override
    public void start() {
        discovery.opened();
        context.callAsync(this::describe, this::described, 0, REFRESH.toMillis());
        connector.start();
    }

    /** Tells readers, of which one may have no partition, that it need not wait for any. */
    private void assigned() {
        if (!assigned) {
            assigned = true;
            context.registeredReaders().keySet().forEach(this::tell);
        }
    }

    private void tell(int subtask) {
        context.sendEventToSourceReader(subtask, new PartitionsKnown());
    }

    private Uuid describe() throws Exception {
        try (Admin admin = Admin.create(client)) {
            return admin.describeTopics(List.of(topic))
                    .topicNameValues()
                    .get(topic)
                    .get(REFRESH.toMillis(), TimeUnit.MILLISECONDS)
                    .topicId();
        }
    }

    private void described(Uuid id, Throwable failure) {
        if (failure != null) {
            LOG.debug("the id of topic {} is not known: {}", topic, failure.toString());
            return;
        }
        if (!compared && restored.isPresent() && !restored.get().equals(id)) {
            throw new RecreatedTopicException(recreated(topic, restored.get(), id));
        }
        if (compared && current.isPresent() && !current.get().equals(id)) {
            LOG.warn("topic {} was deleted and created again while the job runs; it is read from its beginning", topic);
        }
        compared = true;
        current = Optional.of(id);
    }

    @Override
    public TopicState snapshotState(long checkpointId) throws Exception {
        return new TopicState(connector.snapshotState(checkpointId), current);
    }

    @Override
    public void handleSplitRequest(int subtaskId, String hostname) {
        connector.handleSplitRequest(subtaskId, hostname);
    }

    @Override
    public void addSplitsBack(List<KafkaPartitionSplit> splits, int subtaskId) {
        connector.addSplitsBack(splits, subtaskId);
    }

    @Override
    public void addReader(int subtaskId) {
        connector.addReader(subtaskId);
        if (assigned) {
            tell(subtaskId);
        }
    }

    @Override
    public void notifyCheckpointComplete(long checkpointId) throws Exception {
        connector.notifyCheckpointComplete(checkpointId);
    }

    @Override
    public void notifyCheckpointAborted(long checkpointId) throws Exception {
        connector.notifyCheckpointAborted(checkpointId);
    }

    @Override
    public void handleSourceEvent(int subtaskId, SourceEvent event) {
        connector.handleSourceEvent(subtaskId, event);
    }

    @Override
    public void close() throws IOException {
        discovery.closing();
        connector.close();
    }
}
