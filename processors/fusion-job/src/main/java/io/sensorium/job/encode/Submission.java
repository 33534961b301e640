// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.encode;

import io.sensorium.job.batch.BlockedTime;
import io.sensorium.job.quarantine.Isolation;
import io.sensorium.job.quarantine.RecordWall;
import io.sensorium.job.records.IngestRecord;
import io.sensorium.job.reference.ReferenceFetcher;
import io.sensorium.job.rollout.ModelSwapper;
import io.sensorium.operators.encode.Content;
import io.sensorium.operators.encode.Outcome;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Gives records to the engines of the models that run; one after the other while the operator is careful. For the
 * task's thread.
 */
final class Submission {

    private final ModelSwapper<LoadedEncoder> models;
    private final DerivedEvents derivedEvents;
    private final ReferenceFetcher referenceFetcher;
    private final Isolation isolation;
    private final EncodeMetrics metrics;

    Submission(
            ModelSwapper<LoadedEncoder> models,
            DerivedEvents derivedEvents,
            ReferenceFetcher referenceFetcher,
            Isolation isolation,
            EncodeMetrics metrics) {
        this.models = models;
        this.derivedEvents = derivedEvents;
        this.referenceFetcher = referenceFetcher;
        this.isolation = isolation;
        this.metrics = metrics;
    }

    /** Whether a second encoder is to take over from a modality's, so that both encode. */
    static boolean isTwice(ModelSwapper<LoadedEncoder> models) {
        return models.candidate() != null
                && models.candidate().hash() != models.base().hash();
    }

    /**
     * Submits a record's content; waits while the engine is full, and for the outcome while the operator is careful.
     *
     * @throws Exception when the task is cancelled meanwhile, or the platform fails
     */
    PendingRecord of(IngestRecord record) throws Exception {
        if (!isolation.careful()) {
            return submit(record);
        }
        long held = System.nanoTime();
        PendingRecord encoded = isolation.alone(record.origin().item(), () -> {
            PendingRecord pending = submit(record);
            pending.await();
            return pending;
        });
        BlockedTime.since(held);
        return encoded;
    }

    private PendingRecord submit(IngestRecord record) {
        long since = System.nanoTime();
        CompletableFuture<Outcome> outcome = PendingRecord.NOTHING;
        CompletableFuture<Outcome> candidate = PendingRecord.NOTHING;
        List<CompletableFuture<Outcome>> derived = List.of();
        if (record instanceof IngestRecord.Event event) {
            metrics.decoded.inc();
            if (event.content() != null || event.reference() != null) {
                try {
                    CompletableFuture<Content> fetched = event.content() != null ? null : fetch(event.reference());
                    outcome = models.base().encode(event.content(), fetched);
                    if (isTwice(models)) {
                        candidate = models.candidate().encode(event.content(), fetched);
                    }
                    derived = derivedEvents.submit(event.content(), fetched);
                } catch (Throwable e) {
                    outcome = CompletableFuture.completedFuture(
                            new Outcome.Failed(Outcome.Reason.MODEL_FAILED, RecordWall.messageOf(e)));
                }
                BlockedTime.since(since);
            }
        }
        return new PendingRecord(record, outcome, candidate, derived, since);
    }

    private CompletableFuture<Content> fetch(IngestRecord.Reference reference) throws InterruptedException {
        long since = System.nanoTime();
        return referenceFetcher.fetch(reference).whenComplete((content, failure) -> metrics.fetched(since));
    }
}
