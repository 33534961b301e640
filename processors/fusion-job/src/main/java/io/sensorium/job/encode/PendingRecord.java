package io.sensorium.job.encode;

import io.sensorium.job.reference.ReferenceException;
import io.sensorium.job.wire.IngestRecord;
import io.sensorium.operators.encode.Outcome;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * A record and what the engines make of it; of one that is not to be encoded, nothing.
 *
 * @param outcome of the encoder that runs
 * @param candidate of the one that is to take over; {@link #NOTHING} where there is none
 * @param since nanoseconds of the clock when it came
 */
record PendingRecord(IngestRecord record, CompletableFuture<Outcome> outcome, CompletableFuture<Outcome> candidate, long since) {

    static final CompletableFuture<Outcome> NOTHING = CompletableFuture.completedFuture(null);

    boolean isDone() {
        return outcome.isDone() && candidate.isDone();
    }

    /** Waits for both, however they end. */
    void await() throws InterruptedException {
        for (CompletableFuture<Outcome> each : List.of(outcome, candidate)) {
            try {
                each.get();
            } catch (ExecutionException | CancellationException e) {
                // Told when the record is sent on.
                continue;
            }
        }
    }

    /** Waits; null of a record that is not to be encoded. @throws ReferenceException when its content was not to be had; @throws IOException when the engine failed */
    Outcome result() throws IOException, InterruptedException, ReferenceException {
        try {
            return outcome.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ReferenceException refusal) {
                throw refusal;
            }
            throw new IOException("the engine failed: " + e.getCause(), e.getCause());
        }
    }

    /** Waits; null where there is no candidate, or its engine failed. */
    Outcome candidateResult() throws InterruptedException {
        try {
            return candidate.get();
        } catch (ExecutionException | CancellationException e) {
            return null;
        }
    }
}
