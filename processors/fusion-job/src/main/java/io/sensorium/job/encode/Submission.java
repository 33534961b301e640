// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.encode;

import io.sensorium.job.alignment.Evidence;
import io.sensorium.job.batch.BlockedTime;
import io.sensorium.job.evidence.EventTexts;
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
    private final EventTexts texts;
    private final ReferenceFetcher referenceFetcher;
    private final Isolation isolation;
    private final EncodeMetrics metrics;

    Submission(
            ModelSwapper<LoadedEncoder> models,
            DerivedEvents derivedEvents,
            EventTexts texts,
            ReferenceFetcher referenceFetcher,
            Isolation isolation,
            EncodeMetrics metrics) {
        this.models = models;
        this.derivedEvents = derivedEvents;
        this.texts = texts;
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
        CompletableFuture<Evidence> evidence = PendingRecord.NO_EVIDENCE;
        if (record instanceof IngestRecord.Event event) {
            metrics.decoded.inc();
            if (event.content() != null || event.reference() != null) {
                try {
                    CompletableFuture<Content> fetched = event.content() != null ? null : fetch(event.reference());
                    // Before anything that may release the content.
                    evidence = evidence(event, fetched);
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
        return new PendingRecord(record, outcome, candidate, derived, evidence, since);
    }

    /** Text that is there is read at once, on the task's thread; fetched text by the thread that fetched it. */
    private CompletableFuture<Evidence> evidence(IngestRecord.Event event, CompletableFuture<Content> fetched) {
        if (!texts.isNeeded()) {
            return PendingRecord.NO_EVIDENCE;
        }
        return fetched == null
                ? CompletableFuture.completedFuture(texts.of(event, event.content()))
                : fetched.thenApply(content -> texts.of(event, content));
    }

    private CompletableFuture<Content> fetch(IngestRecord.Reference reference) throws InterruptedException {
        long since = System.nanoTime();
        return referenceFetcher.fetch(reference).whenComplete((content, failure) -> metrics.fetched(since));
    }
}
