// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.emit;

import io.sensorium.job.emit.RunningCopies.Copy;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** This copy's place in the group of {@link RunningCopies}, kept by a thread of its own until closed. */
final class CopyMembership implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(CopyMembership.class);
    private static final Duration POLL = Duration.ofSeconds(2);

    private final Copy self;
    private final Set<String> ended;
    private final String group;
    private final Properties client;
    private final Thread thread;
    private volatile KafkaConsumer<byte[], byte[]> consumer;
    private volatile boolean closed;
    private volatile Copy older;

    /**
     * @param topic that the user may read; nothing is read of it
     * @param ended jobs that are known not to run: one that was killed is a member until its session ends
     */
    CopyMembership(Copy self, String group, Properties client, String topic, Set<String> ended) {
        this.self = self;
        this.ended = Set.copyOf(ended);
        this.group = group;
        this.client = client;
        this.thread = new Thread(() -> keep(topic), "copy-membership");
        thread.setDaemon(true);
        thread.start();
    }

    /** Another copy that was there before, and so goes on instead of this one. */
    Optional<Copy> older() {
        return Optional.ofNullable(older);
    }

    private void keep(String topic) {
        Properties properties = new Properties();
        properties.putAll(client);
        properties.put(ConsumerConfig.GROUP_ID_CONFIG, group);
        properties.put(ConsumerConfig.CLIENT_ID_CONFIG, self.clientId());
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "latest");
        properties.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, Long.toString(RunningCopies.SESSION.toMillis()));
        properties.put(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, Long.toString(POLL.toMillis()));
        properties.remove(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG);
        try (Admin admin = Admin.create(client);
                KafkaConsumer<byte[], byte[]> member =
                        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer = member;
            member.subscribe(List.of(topic), new Paused(member));
            while (!closed) {
                member.poll(POLL);
                // Again each time: an older copy that is gone no longer counts.
                older = RunningCopies.now(admin, group).stream()
                        .filter(copy -> !copy.job().equals(self.job())
                                && !ended.contains(copy.job())
                                && Copy.BY_AGE.compare(copy, self) < 0)
                        .findFirst()
                        .orElse(null);
            }
        } catch (WakeupException e) {
            LOG.debug("closed");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (KafkaException e) {
            LOG.warn(
                    "This copy cannot join the consumer group {} ({}): a second copy of this pipeline on another "
                            + "machine is not noticed; grant the user Read and Describe on that group",
                    group,
                    e.toString());
        }
    }

    @Override
    public void close() throws InterruptedException {
        closed = true;
        KafkaConsumer<byte[], byte[]> member = consumer;
        if (member != null) {
            member.wakeup();
        }
        thread.join(POLL.toMillis());
    }

    /** Pauses what is assigned before anything is fetched. */
    private record Paused(KafkaConsumer<byte[], byte[]> member) implements ConsumerRebalanceListener {
        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            member.pause(partitions);
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {}
    }
}
