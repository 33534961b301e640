// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.operators.AbstractStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.OneInputStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.mailbox.TaskMailbox;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A batch grows while the task has input, and waits for nothing where it has none. */
class BatchingOperatorTest {

    private static final int FULL = 3;
    private static final Duration MAX_DELAY = Duration.ofMillis(20);

    /** Sends each batch on as a list. */
    private static final class Lists extends BatchingOperator<Integer, List<Integer>> {
        private static final long serialVersionUID = 1L;

        private List<Integer> batch = new ArrayList<>();

        Lists(StreamOperatorParameters<List<Integer>> parameters) {
            super(parameters, MAX_DELAY);
        }

        @Override
        public void processElement(StreamRecord<Integer> element) throws Exception {
            batch.add(element.getValue());
            flushOrWait(batch.size() == FULL);
        }

        @Override
        protected void sendBatch() {
            if (!batch.isEmpty()) {
                output.collect(new StreamRecord<>(batch));
                batch = new ArrayList<>();
            }
        }
    }

    private static final class Factory extends AbstractStreamOperatorFactory<List<Integer>>
            implements OneInputStreamOperatorFactory<Integer, List<Integer>> {
        private static final long serialVersionUID = 1L;

        @Override
        @SuppressWarnings("unchecked") // the operator is the one of this factory
        public <T extends StreamOperator<List<Integer>>> T createStreamOperator(
                StreamOperatorParameters<List<Integer>> parameters) {
            return (T) new Lists(parameters);
        }

        @Override
        @SuppressWarnings("rawtypes") // Flink's signature
        public Class<? extends StreamOperator> getStreamOperatorClass(ClassLoader classLoader) {
            return Lists.class;
        }
    }

    private OneInputStreamOperatorTestHarness<Integer, List<Integer>> harness;
    private Counter read;

    @BeforeEach
    void open() throws Exception {
        harness = new OneInputStreamOperatorTestHarness<>(new Factory());
        harness.open();
        harness.setProcessingTime(0);
        read = harness.getEnvironment().getMetricGroup().getIOMetricGroup().getNumRecordsInCounter();
    }

    @AfterEach
    void close() throws Exception {
        harness.close();
    }

    private void process(int value) throws Exception {
        read.inc();
        harness.processElement(new StreamRecord<>(value));
    }

    /** Runs what the mailbox holds now, as a task does between two records. */
    private void betweenRecords() throws Exception {
        TaskMailbox mailbox = harness.getTaskMailbox();
        if (mailbox.createBatch()) {
            for (var mail = mailbox.tryTakeFromBatch(); mail.isPresent(); mail = mailbox.tryTakeFromBatch()) {
                mail.get().run();
            }
        }
    }

    @Test
    void aRecordAfterWhichNothingArrivesWaitsForNothing() throws Exception {
        process(1);
        betweenRecords();
        assertThat(harness.extractOutputValues())
                .as("the task has not yet looked for input")
                .isEmpty();
        betweenRecords();
        assertThat(harness.extractOutputValues()).containsExactly(List.of(1));
        process(2);
        betweenRecords();
        betweenRecords();
        assertThat(harness.extractOutputValues()).containsExactly(List.of(1), List.of(2));
    }

    /** As a task does it: what the mailbox holds is run after each record. */
    @Test
    void queuedRecordsBecomeOneBatchThoughTheMailboxIsRunAfterEach() throws Exception {
        process(1);
        betweenRecords();
        process(2);
        betweenRecords();
        assertThat(harness.extractOutputValues()).isEmpty();
        betweenRecords();
        assertThat(harness.extractOutputValues()).containsExactly(List.of(1, 2));
    }

    @Test
    void aBatchGrowsWhileTheTaskReadsAndIsSentOnceItDoesNot() throws Exception {
        process(1);
        betweenRecords();
        read.inc();
        betweenRecords();
        process(2);
        betweenRecords();
        assertThat(harness.extractOutputValues())
                .as("records that lead to none here are input too")
                .isEmpty();
        betweenRecords();
        assertThat(harness.extractOutputValues()).containsExactly(List.of(1, 2));
        betweenRecords();
        assertThat(harness.getTaskMailbox().hasMail()).isFalse();
    }

    @Test
    void aFullBatchIsSentAtOnceAndAnOldOneAtItsDeadline() throws Exception {
        process(1);
        process(2);
        process(3);
        assertThat(harness.extractOutputValues()).containsExactly(List.of(1, 2, 3));
        process(4);
        betweenRecords();
        harness.setProcessingTime(MAX_DELAY.toMillis());
        assertThat(harness.extractOutputValues()).containsExactly(List.of(1, 2, 3), List.of(4));
        betweenRecords();
        assertThat(harness.getTaskMailbox().hasMail()).isFalse();
    }

    @Test
    void theTimerOfAnEarlierBatchDoesNotCutTheNextOneShort() throws Exception {
        process(1);
        process(2);
        process(3);
        harness.setProcessingTime(MAX_DELAY.toMillis() - 1);
        process(4);
        betweenRecords();
        harness.setProcessingTime(MAX_DELAY.toMillis() + 1);
        assertThat(harness.extractOutputValues()).containsExactly(List.of(1, 2, 3));
        harness.setProcessingTime(2 * MAX_DELAY.toMillis() - 1);
        assertThat(harness.extractOutputValues()).containsExactly(List.of(1, 2, 3), List.of(4));
    }
}
