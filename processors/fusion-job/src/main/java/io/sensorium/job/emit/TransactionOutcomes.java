// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.emit;

import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.common.errors.TransactionalIdNotFoundException;

/** What became of a transaction, by the broker's own account. */
interface TransactionOutcomes {

    /** How a transaction ended. */
    enum Outcome {
        COMMITTED,
        /** Aborted, or its producer was replaced: its records are never visible. */
        ABORTED,
        /** The broker has forgotten the transactional id, days after its last use. */
        FORGOTTEN,
        /** Still open, or the broker did not answer. */
        UNDECIDED
    }

    /**
     * The outcome of a transaction.
     *
     * @param producerId of the producer that wrote it
     */
    Outcome of(String transactionalId, long producerId) throws InterruptedException;

    /**
     * Asks the broker each time, with a client of its own.
     *
     * @param client its properties, address included
     */
    static TransactionOutcomes broker(Properties client, Duration timeout) {
        return (transactionalId, producerId) -> {
            try (Admin admin = Admin.create(client)) {
                TransactionDescription found = admin.describeTransactions(List.of(transactionalId))
                        .description(transactionalId)
                        .get(timeout.toMillis(), TimeUnit.MILLISECONDS);
                return switch (found.state()) {
                    // Another producer's commit under the same id is not this one's.
                    case PREPARE_COMMIT, COMPLETE_COMMIT ->
                        found.producerId() == producerId ? Outcome.COMMITTED : Outcome.ABORTED;
                    case PREPARE_ABORT, COMPLETE_ABORT, PREPARE_EPOCH_FENCE, EMPTY -> Outcome.ABORTED;
                    case ONGOING, UNKNOWN -> Outcome.UNDECIDED;
                };
            } catch (ExecutionException e) {
                return e.getCause() instanceof TransactionalIdNotFoundException ? Outcome.FORGOTTEN : Outcome.UNDECIDED;
            } catch (TimeoutException e) {
                return Outcome.UNDECIDED;
            }
        };
    }
}
