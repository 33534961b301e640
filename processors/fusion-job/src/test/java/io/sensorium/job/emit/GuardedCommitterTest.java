// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.emit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sensorium.job.emit.TransactionOutcomes.Outcome;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.connector.kafka.sink.KafkaCommittable;
import org.apache.flink.runtime.throwable.ThrowableClassifier;
import org.apache.flink.runtime.throwable.ThrowableType;
import org.apache.flink.util.SerializedThrowable;
import org.apache.kafka.common.errors.InvalidTxnStateException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.junit.jupiter.api.Test;

/** What follows from each answer of the broker; the answers themselves are {@code ExactlyOnceIT}'s. */
class GuardedCommitterTest {

    private final Map<String, Outcome> outcomes = Map.of(
            "sensorium-p-0-7",
            Outcome.COMMITTED,
            "sensorium-p-1-9",
            Outcome.ABORTED,
            "sensorium-p-0-8",
            Outcome.ABORTED,
            "sensorium-p-0-5",
            Outcome.FORGOTTEN,
            "sensorium-p-0-6",
            Outcome.UNDECIDED);

    private static final class Request implements Committer.CommitRequest<KafkaCommittable> {
        private final String transaction;
        private String signal = "none";

        Request(String transaction) {
            this.transaction = transaction;
        }

        @Override
        public KafkaCommittable getCommittable() {
            return new KafkaCommittable(1, (short) 0, transaction, null);
        }

        @Override
        public int getNumberOfRetries() {
            return 0;
        }

        @Override
        public void signalFailedWithKnownReason(Throwable reason) {
            signal = "failed";
        }

        @Override
        public void signalFailedWithUnknownReason(Throwable reason) {
            throw new IllegalStateException(reason);
        }

        @Override
        public void retryLater() {
            signal = "retry";
        }

        @Override
        public void updateAndRetryLater(KafkaCommittable committable) {
            signal = "retry";
        }

        @Override
        public void signalAlreadyCommitted() {
            signal = "already committed";
        }
    }

    /** As the connector's: reports a failure and continues. */
    private static Committer<KafkaCommittable> connector(RuntimeException failure, boolean known) {
        return new Committer<>() {
            @Override
            public void commit(Collection<CommitRequest<KafkaCommittable>> requests) {
                for (CommitRequest<KafkaCommittable> request : requests) {
                    if (known) {
                        request.signalFailedWithKnownReason(failure);
                    } else {
                        request.signalFailedWithUnknownReason(failure);
                    }
                }
            }

            @Override
            public void close() {}
        };
    }

    private void commit(RuntimeException failure, boolean known, Request... requests) throws Exception {
        new GuardedCommitter(connector(failure, known), (id, producer) -> outcomes.get(id))
                .commit(new ArrayList<>(List.of(requests)));
    }

    @Test
    void anAbortedTransactionEndsTheJobForGoodAndNamesTheFirstCheckpointThatLacksItsResults() {
        Request later = new Request("sensorium-p-1-9");
        Request first = new Request("sensorium-p-0-8");
        Request committed = new Request("sensorium-p-0-7");
        long before = GuardedCommitter.failed();
        LostResultsException lost = catchThrowableOfType(
                LostResultsException.class,
                () -> commit(new InvalidTxnStateException("aborted"), true, later, first, committed));
        assertThat(lost.checkpoint()).isEqualTo(8);
        assertThat(lost).hasMessageContaining("2 transaction(s)").hasMessageContaining("before 8");
        assertThat(ThrowableClassifier.findThrowableOfThrowableType(
                        new RuntimeException(lost), ThrowableType.NonRecoverableError))
                .as("Flink does not restart after it")
                .isPresent();
        assertThat(GuardedCommitter.failed() - before).isEqualTo(2);
        assertThat(committed.signal).isEqualTo("already committed");
        assertThat(first.signal).isEqualTo("failed");
    }

    @Test
    void aTransactionThatWasCommittedBeforeTheRestoreIsFine() {
        Request committed = new Request("sensorium-p-0-7");
        assertThatCode(() -> commit(new ProducerFencedException("x"), true, committed))
                .doesNotThrowAnyException();
        assertThat(committed.signal).isEqualTo("already committed");
    }

    @Test
    void aTransactionThatTheBrokerHasForgottenDoesNotKeepAnOldSavepointFromBeingRestored() {
        Request forgotten = new Request("sensorium-p-0-5");
        assertThatCode(() -> commit(new IllegalArgumentException("InvalidPidMapping"), false, forgotten))
                .doesNotThrowAnyException();
        assertThat(forgotten.signal).isEqualTo("already committed");
    }

    @Test
    void whereTheBrokerDoesNotAnswerTheJobRestartsAndTriesAgain() {
        IllegalStateException thrown = catchThrowableOfType(
                IllegalStateException.class,
                () -> commit(new ProducerFencedException("x"), true, new Request("sensorium-p-0-6")));
        assertThat(ThrowableClassifier.findThrowableOfThrowableType(thrown, ThrowableType.NonRecoverableError))
                .isEmpty();
    }

    @Test
    void theExceptionIsFoundInWhatFlinkReportsOfAFailedJob() {
        Throwable reported = new RuntimeException(
                "Recovery is suppressed",
                new SerializedThrowable(new RuntimeException(new LostResultsException("lost", 8, null))));
        assertThat(LostResultsException.in(reported))
                .hasValueSatisfying(lost -> assertThat(lost.checkpoint()).isEqualTo(8));
        assertThat(LostResultsException.in(new RuntimeException("other"))).isEmpty();
    }
}
