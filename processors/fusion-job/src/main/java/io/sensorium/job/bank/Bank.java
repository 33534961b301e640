// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.bank;

import io.sensorium.job.config.BankSettings;
import io.sensorium.job.config.Modality;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.models.PipelineModels;
import io.sensorium.operators.bank.KnownContent;
import io.sensorium.operators.pack.ModelManifest;
import io.sensorium.pipeline.KafkaCluster;
import io.sensorium.pipeline.RegistryAccess;
import io.sensorium.schemas.RegistryClient;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * A handle of a pipeline's bank of known content. All handles of a pipeline in a process share one copy; the last one
 * closed drops it. For any thread.
 */
public final class Bank implements AutoCloseable {

    private static final Duration REFRESH = Duration.ofSeconds(10);

    private record Key(
            String pipeline,
            KafkaCluster kafka,
            RegistryAccess registry,
            BankSettings settings,
            Map<String, Integer> dimensions) {}

    /** What the handles share. */
    private static final class Shared {
        private final KnownContent content = new KnownContent();
        private final BankReader reader;
        private int handles;

        /** Whether an open handle shows the figures. */
        private boolean shown;

        Shared(Key key) {
            BankEntries entries = new BankEntries(
                    RegistryClient.of(
                            key.registry().type(),
                            key.registry().url(),
                            key.registry().properties()),
                    key.settings(),
                    key.dimensions());
            reader = new BankReader(key.settings().topic(), new KafkaAccess(key), entries, content, REFRESH);
            Thread thread = new Thread(reader, "bank-" + key.settings().topic());
            thread.setDaemon(true);
            // Kafka's clients look up classes by it, and the one of the thread that opens a bank may be Flink's own.
            thread.setContextClassLoader(Bank.class.getClassLoader());
            thread.start();
        }
    }

    /** The topic as the pipeline's Kafka clients reach it. */
    private record KafkaAccess(Key key) implements BankReader.Access {

        @Override
        public Consumer<byte[], byte[]> consumer() {
            Properties properties = new Properties();
            properties.put("isolation.level", "read_committed");
            properties.putAll(key.kafka().clientProperties());
            properties.remove("group.id");
            properties.put("enable.auto.commit", "false");
            properties.put("auto.offset.reset", "earliest");
            // A topic that is deleted must not come back without compaction.
            properties.put("allow.auto.create.topics", "false");
            properties.put("client.id", "sensorium-" + key.pipeline() + "-bank");
            return new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        }

        @Override
        public Uuid topicId() throws ExecutionException, InterruptedException, TimeoutException {
            String topic = key.settings().topic();
            try (Admin admin = Admin.create(key.kafka().clientProperties())) {
                return admin.describeTopics(List.of(topic))
                        .topicNameValues()
                        .get(topic)
                        .get(REFRESH.toMillis(), TimeUnit.MILLISECONDS)
                        .topicId();
            }
        }
    }

    private static final Map<Key, Shared> BANKS = new HashMap<>();

    private final Key key;
    private final Shared shared;
    private final boolean first;
    private boolean closed;

    private Bank(Key key, Shared shared, boolean first) {
        this.key = key;
        this.shared = shared;
        this.first = first;
    }

    /**
     * Opens a handle; the first one begins to read the topic.
     *
     * @param config of a pipeline that has a bank
     * @param models the pipeline's
     */
    public static Bank open(PipelineConfig config, PipelineModels models) {
        Key key = new Key(
                config.pipeline(), config.kafka(), config.registry(), config.bank(), dimensions(config, models));
        synchronized (BANKS) {
            Shared shared = BANKS.computeIfAbsent(key, Shared::new);
            shared.handles++;
            boolean first = !shared.shown;
            shared.shown = true;
            return new Bank(key, shared, first);
        }
    }

    /** Numbers of an embedding, by the name and version by which entries name a pipeline's encoders. */
    public static Map<String, Integer> dimensions(PipelineConfig config, PipelineModels models) {
        Map<String, Integer> dimensions = new HashMap<>();
        for (int i = 0; i < config.modalities().size(); i++) {
            Modality modality = config.modalities().get(i);
            ModelManifest encoder = models.encoders().get(i).manifest();
            String name = modality.embedding() == null
                    ? encoder.id()
                    : modality.embedding().model();
            if (!name.isEmpty()) {
                dimensions.put(name, encoder.dimension());
            }
        }
        return dimensions;
    }

    /**
     * Waits until the topic has been read to where it ended when the bank was opened.
     *
     * @throws IOException after {@code bank.load_timeout}
     */
    public void awaitLoaded() throws IOException, InterruptedException {
        shared.reader.awaitLoaded(key.settings().loadTimeout());
    }

    /** Whether it is the one of the process's handles whose holder shows the figures that are the process's. */
    public boolean isFirst() {
        return first;
    }

    /** Its items. */
    public KnownContent content() {
        return shared.content;
    }

    /** How far its topic has been read. */
    public BankPositions positions() {
        return shared.reader.positions();
    }

    /** Records of the topic that are no entries. */
    public long bad() {
        return shared.reader.bad();
    }

    /** When a record of the topic was read last, in ms since the epoch; 0 before any. */
    public long updatedAt() {
        return shared.reader.updatedAt();
    }

    /** Whether the topic is being followed; false while it cannot be read. */
    public boolean isReading() {
        return shared.reader.isReading();
    }

    @Override
    public void close() {
        synchronized (BANKS) {
            if (closed) {
                return;
            }
            closed = true;
            shared.shown &= !first;
            if (--shared.handles == 0) {
                BANKS.remove(key);
                shared.reader.close();
            }
        }
    }
}
