// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.emit;

import io.sensorium.job.emit.TransactionOutcomes.Outcome;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.connector.kafka.sink.KafkaCommittable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commits through the connector's committer, which logs a transaction that it cannot commit and continues. Here such a
 * transaction is looked up: one that was committed before, as after a restart, is fine; one that was aborted ends the
 * job with {@link LostResultsException}. For one thread.
 */
final class GuardedCommitter implements Committer<KafkaCommittable> {

    private static final Logger LOG = LoggerFactory.getLogger(GuardedCommitter.class);

    /**
     * Transactions that could not be committed, in this process since its start: a job that failed and was started
     * again still shows them.
     */
    private static final AtomicLong FAILED = new AtomicLong();

    private final Committer<KafkaCommittable> connector;
    private final TransactionOutcomes outcomes;

    GuardedCommitter(Committer<KafkaCommittable> connector, TransactionOutcomes outcomes) {
        this.connector = connector;
        this.outcomes = outcomes;
    }

    /** Transactions that could not be committed, in this process since its start. */
    static long failed() {
        return FAILED.get();
    }

    @Override
    public void commit(Collection<CommitRequest<KafkaCommittable>> requests) throws IOException, InterruptedException {
        List<Watched> watched = requests.stream().map(Watched::new).toList();
        connector.commit(new ArrayList<>(watched));
        List<Watched> lost = new ArrayList<>();
        for (Watched request : watched) {
            if (request.failure == null) {
                continue;
            }
            KafkaCommittable transaction = request.getCommittable();
            Outcome outcome = outcomes.of(transaction.getTransactionalId(), transaction.getProducerId());
            switch (outcome) {
                case COMMITTED -> request.original.signalAlreadyCommitted();
                case FORGOTTEN -> {
                    LOG.warn(
                            "Transaction {} of the restored checkpoint is unknown to the broker, which forgets a "
                                    + "transactional id days after its last use (transactional.id.expiration.ms): whether it was committed"
                                    + " cannot be verified. If the job was stopped with a savepoint, it was",
                            transaction.getTransactionalId());
                    request.original.signalAlreadyCommitted();
                }
                case ABORTED -> lost.add(request);
                default -> request.original.signalFailedWithUnknownReason(request.failure);
            }
        }
        if (!lost.isEmpty()) {
            FAILED.addAndGet(lost.size());
            lost.forEach(request -> request.original.signalFailedWithKnownReason(request.failure));
            throw lost(lost);
        }
    }

    private static LostResultsException lost(List<Watched> lost) {
        long checkpoint = lost.stream()
                .mapToLong(request -> checkpoint(request.getCommittable().getTransactionalId()))
                .min()
                .orElseThrow();
        return new LostResultsException(
                "the broker aborted " + lost.size() + " transaction(s) with results of checkpoint " + checkpoint
                        + " before they were committed ("
                        + lost.get(0).getCommittable().getTransactionalId()
                        + "): they were open longer than transaction.timeout.ms, or another producer took over their "
                        + "transactional id. Restart the job from a checkpoint"
                        + " before " + checkpoint + ", which writes these results again",
                checkpoint,
                lost.get(0).failure);
    }

    /** The connector names a transaction PREFIX-SUBTASK-N, where N is the earliest checkpoint that can commit it. */
    static long checkpoint(String transactionalId) {
        return Long.parseLong(transactionalId.substring(transactionalId.lastIndexOf('-') + 1));
    }

    @Override
    public void close() throws Exception {
        connector.close();
    }

    /** A request that keeps what the connector reports as failed. */
    private static final class Watched implements CommitRequest<KafkaCommittable> {

        private final CommitRequest<KafkaCommittable> original;
        private Throwable failure;

        Watched(CommitRequest<KafkaCommittable> original) {
            this.original = original;
        }

        @Override
        public KafkaCommittable getCommittable() {
            return original.getCommittable();
        }

        @Override
        public int getNumberOfRetries() {
            return original.getNumberOfRetries();
        }

        @Override
        public void signalFailedWithKnownReason(Throwable reason) {
            failure = reason;
        }

        @Override
        public void signalFailedWithUnknownReason(Throwable reason) {
            failure = reason;
        }

        @Override
        public void retryLater() {
            original.retryLater();
        }

        @Override
        public void updateAndRetryLater(KafkaCommittable committable) {
            original.updateAndRetryLater(committable);
        }

        @Override
        public void signalAlreadyCommitted() {
            original.signalAlreadyCommitted();
        }
    }
}
