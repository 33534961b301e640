// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.bank;

import static io.sensorium.job.bank.BankRecords.HASH;
import static io.sensorium.job.bank.BankRecords.TOPIC;
import static io.sensorium.job.bank.BankRecords.bytes;
import static io.sensorium.job.bank.BankRecords.image;
import static io.sensorium.job.bank.BankRecords.text;
import static io.sensorium.job.bank.BankRecords.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sensorium.operators.bank.Fingerprint;
import io.sensorium.operators.bank.KnownContent;
import io.sensorium.operators.bank.Match.By;
import io.sensorium.operators.bank.NormalizedText;
import io.sensorium.operators.bank.PdqHash;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.internals.AutoOffsetResetStrategy;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BankReaderTest {

    private static final TopicPartition PARTITION = new TopicPartition(TOPIC, 0);
    private static final Fingerprint.Image IMAGE = new Fingerprint.Image(PdqHash.parse(HASH), 100);

    private final KnownContent content = new KnownContent();
    private final BankRecords.Registry registry = new BankRecords.Registry();
    private final FakeTopic topic = new FakeTopic();
    private final BankReader reader =
            new BankReader(TOPIC, topic, BankRecords.entries(registry), content, Duration.ofMillis(50));
    private final Thread thread = new Thread(reader);

    /** One partition, whose records a consumer gets from where it is. */
    private static final class FakeTopic implements BankReader.Access {
        private volatile Error error;
        private final List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        private final AtomicReference<Uuid> id = new AtomicReference<>(Uuid.randomUuid());
        private volatile KafkaException trouble;
        private final AtomicInteger opened = new AtomicInteger();

        synchronized void add(String key, byte[] value) {
            records.add(new ConsumerRecord<>(TOPIC, 0, records.size(), key == null ? null : bytes(key), value));
        }

        synchronized void recreate() {
            records.clear();
            id.set(Uuid.randomUuid());
        }

        private synchronized List<ConsumerRecord<byte[], byte[]>> from(long offset) {
            return new ArrayList<>(records.subList((int) Math.min(offset, records.size()), records.size()));
        }

        private synchronized long end() {
            return records.size();
        }

        @Override
        public Consumer<byte[], byte[]> consumer() {
            opened.incrementAndGet();
            if (error != null) {
                throw error;
            }
            if (trouble != null) {
                throw trouble;
            }
            MockConsumer<byte[], byte[]> consumer = new MockConsumer<>(AutoOffsetResetStrategy.EARLIEST.name()) {
                @Override
                public synchronized org.apache.kafka.clients.consumer.ConsumerRecords<byte[], byte[]> poll(
                        Duration timeout) {
                    if (trouble != null) {
                        throw trouble;
                    }
                    if (!assignment().isEmpty()) {
                        updateEndOffsets(Map.of(PARTITION, end()));
                        from(position(PARTITION)).forEach(this::addRecord);
                    }
                    return super.poll(Duration.ofMillis(1));
                }

                @Override
                public synchronized Map<TopicPartition, Long> endOffsets(
                        java.util.Collection<TopicPartition> partitions) {
                    return Map.of(PARTITION, end());
                }
            };
            consumer.updatePartitions(TOPIC, List.of(new PartitionInfo(TOPIC, 0, Node.noNode(), null, null)));
            consumer.updateBeginningOffsets(Map.of(PARTITION, 0L));
            return consumer;
        }

        @Override
        public Uuid topicId() {
            if (trouble != null) {
                throw trouble;
            }
            return id.get();
        }
    }

    @AfterEach
    void close() throws InterruptedException {
        reader.close();
        thread.join();
    }

    private void load() throws Exception {
        thread.start();
        reader.awaitLoaded(Duration.ofSeconds(30));
    }

    @Test
    void theTopicIsReadFromItsBeginningAndThenFollowed() throws Exception {
        topic.add("a", value(image(HASH)));
        topic.add("b", value(text("hello")));
        topic.add("b", null);
        load();
        assertThat(content.size()).isOne();
        assertThat(content.find(IMAGE).id()).isEqualTo("a");
        assertThat(reader.positions().offsets()).containsExactly(Map.entry(0, 3L));

        topic.add("c", value(text("Live now")));
        await().atMost(Duration.ofSeconds(1))
                .until(() ->
                        content.find(NormalizedText.fingerprint("live, NOW").orElseThrow()) != null);
        topic.add("a", null);
        topic.add("c", null);
        await().until(() -> content.size() == 0);
        assertThat(content.bytes()).isLessThan(1 << 20);
        assertThat(reader.isReading()).isTrue();
    }

    @Test
    void badEntriesAreCountedAndTakeTheirIdsPlaceAndNoMemory() throws Exception {
        topic.add("a", value(image(HASH)));
        topic.add("b", value(image(HASH)));
        topic.add("a", bytes("not an entry"));
        topic.add(null, value(image(HASH)));
        for (int i = 0; i < 100_000; i++) {
            topic.add("bad-" + i, value(image("0".repeat(64))));
        }
        load();
        assertThat(content.size()).isOne();
        assertThat(content.find(IMAGE).id()).isEqualTo("b");
        assertThat(reader.bad()).isEqualTo(100_002);
        assertThat(reader.read()).isEqualTo(100_004);
        assertThat(content.bytes()).isLessThan(8 << 20);
    }

    @Test
    void anEmptyTopicIsLoadedAtOnce() throws Exception {
        load();
        assertThat(content.size()).isZero();
    }

    @Test
    void brokersThatDoNotAnswerKeepTheItemsAndAreTriedAgain() throws Exception {
        topic.add("a", value(image(HASH)));
        load();
        topic.trouble = new KafkaException("broker gone");
        await().until(() -> !reader.isReading());
        int opened = topic.opened.get();
        await().until(() -> topic.opened.get() > opened);
        assertThat(content.find(IMAGE).id()).isEqualTo("a");

        topic.add("b", value(text("back")));
        topic.trouble = null;
        await().until(() -> content.size(By.TEXT) == 1);
        assertThat(reader.isReading()).isTrue();
        // Each record once.
        assertThat(reader.read()).isEqualTo(2);
    }

    @Test
    void aRegistryThatDoesNotAnswerLosesNoEntry() throws Exception {
        topic.add("a", value(image(HASH)));
        registry.down.set(true);
        thread.start();
        assertThatThrownBy(() -> reader.awaitLoaded(Duration.ofMillis(300)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("was not read to its end within")
                .hasMessageContaining("the registry does not answer")
                .hasMessageContaining("bank.load_timeout");
        registry.down.set(false);
        reader.awaitLoaded(Duration.ofSeconds(30));
        assertThat(content.find(IMAGE).id()).isEqualTo("a");
        assertThat(reader.bad()).isZero();
    }

    /** With a quarter of a second before the second try, then longer. */
    @Test
    void aRegistryThatDoesNotAnswerIsNotAskedAllTheTime() throws Exception {
        topic.add("a", value(image(HASH)));
        registry.down.set(true);
        thread.start();
        assertThatThrownBy(() -> reader.awaitLoaded(Duration.ofMillis(1_500))).isInstanceOf(IOException.class);
        assertThat(topic.opened.get()).isBetween(1, 4);
    }

    @Test
    void anErrorDoesNotEndTheReader() throws Exception {
        topic.add("a", value(image(HASH)));
        topic.error = new StackOverflowError("deep");
        thread.start();
        await().until(() -> topic.opened.get() > 1);
        assertThat(reader.isReading()).isFalse();
        topic.error = null;
        reader.awaitLoaded(Duration.ofSeconds(30));
        assertThat(content.find(IMAGE).id()).isEqualTo("a");
        assertThat(reader.isReading()).isTrue();
    }

    @Test
    void aHeapThatIsTooSmallFailsTheStartAtOnceAndIsTriedAgain() throws Exception {
        topic.add("a", value(image(HASH)));
        topic.error = new OutOfMemoryError("Java heap space");
        thread.start();
        assertThatThrownBy(() -> reader.awaitLoaded(Duration.ofSeconds(50)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("the heap is too small for its 0 items");
        topic.error = null;
        await().until(() -> content.size() == 1);
        reader.awaitLoaded(Duration.ofSeconds(30));
    }

    @Test
    void aReaderThatEndsIsNotWaitedFor() throws Exception {
        registry.down.set(true);
        topic.add("a", value(image(HASH)));
        thread.start();
        await().until(() -> topic.opened.get() > 0);
        thread.interrupt();
        assertThatThrownBy(() -> reader.awaitLoaded(Duration.ofSeconds(50))).hasMessageContaining("was closed");
    }

    @Test
    void aTopicThatWasCreatedAgainStartsFromNothing() throws Exception {
        topic.add("a", value(image(HASH)));
        topic.add("b", value(text("old")));
        load();
        BankPositions before = reader.positions();

        topic.recreate();
        topic.add("c", value(text("new")));

        await().until(() -> content.find(NormalizedText.fingerprint("new").orElseThrow()) != null);
        assertThat(content.size()).isOne();
        await().until(() -> !reader.positions().topicId().equals(before.topicId()));
        assertThat(before.lost(reader.positions()))
                .singleElement()
                .asString()
                .contains("was deleted and created again");
    }

    @Test
    void positionsAreSavedAsTextAndComparedWithWhatTheTopicHas() {
        BankPositions saved = new BankPositions(TOPIC, "id", Map.of(0, 5L, 1, 0L));
        assertThat(BankPositions.parse(saved.toText())).isEqualTo(saved);
        BankPositions none = new BankPositions(TOPIC, "", Map.of());
        assertThat(BankPositions.parse(none.toText())).isEqualTo(none);
        assertThat(saved.lost(new BankPositions(TOPIC, "id", Map.of(0, 5L, 1, 9L))))
                .isEmpty();
        assertThat(saved.lost(new BankPositions("another", "id2", Map.of(0, 1L))))
                .isEmpty();
        assertThat(saved.lost(new BankPositions(TOPIC, "id", Map.of(0, 4L, 1, 0L))))
                .singleElement()
                .asString()
                .contains("partition 0 ends at offset 4, before 5");
    }
}
