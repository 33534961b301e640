// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.encode;

import io.sensorium.job.alignment.Evidence;
import io.sensorium.job.quarantine.RecordWall;
import io.sensorium.job.records.Coordinates;
import io.sensorium.job.records.IngestRecord;
import io.sensorium.job.reference.ReferenceException;
import io.sensorium.operators.encode.Content;
import io.sensorium.operators.encode.Outcome;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;

/**
 * A record and what the engines make of it; of one that is not to be encoded, nothing. Holds the record's bytes, which
 * a dead letter would need, until it is known that there will be none. A worker may {@link #release} it while the
 * task's thread reads it.
 */
final class PendingRecord {

    static final CompletableFuture<Outcome> NOTHING = CompletableFuture.completedFuture(null);

    static final CompletableFuture<Evidence> NO_EVIDENCE = CompletableFuture.completedFuture(null);

    /** What a record and its outcome take besides their bytes, roughly. */
    private static final int OVERHEAD = 1024;

    private final CompletableFuture<Outcome> outcome;
    private final CompletableFuture<Outcome> candidate;
    private final List<CompletableFuture<Outcome>> derived;
    private final CompletableFuture<Evidence> evidence;
    private final long since;
    private volatile IngestRecord record;
    private long bytes;
    private boolean left;

    /**
     * @param outcome of the encoder that runs
     * @param candidate of the one that is to take over; {@link #NOTHING} where there is none
     * @param derived of the recognizers, one for each modality that is derived from its own; none where there is no
     *     content to derive anything from
     * @param evidence what is kept of its content, which outlives the {@link #release}; {@link #NO_EVIDENCE} for
     *     nothing
     * @param since nanoseconds of the clock when it came
     */
    PendingRecord(
            IngestRecord record,
            CompletableFuture<Outcome> outcome,
            CompletableFuture<Outcome> candidate,
            List<CompletableFuture<Outcome>> derived,
            CompletableFuture<Evidence> evidence,
            long since) {
        this.record = record;
        this.outcome = outcome;
        this.candidate = candidate;
        this.derived = derived;
        this.evidence = evidence;
        this.since = since;
        this.bytes = bytes(record);
    }

    private long bytes(IngestRecord record) {
        Evidence kept = evidence.isCompletedExceptionally() ? null : evidence.getNow(null);
        long bytes = OVERHEAD
                + (kept == null ? 0 : kept.stateBytes())
                + (record.origin().value() == null ? 0 : record.origin().value().length);
        if (record instanceof IngestRecord.Event event) {
            bytes += event.vector() == null ? 0 : event.vector().length;
            bytes += event.content() instanceof Content.Media media
                    ? media.array() == record.origin().value() ? 0 : media.length()
                    : event.content() instanceof Content.Text text
                            ? 2L * text.text().length()
                            : 0;
        }
        return bytes;
    }

    IngestRecord record() {
        return record;
    }

    CompletableFuture<Outcome> outcome() {
        return outcome;
    }

    CompletableFuture<Outcome> candidate() {
        return candidate;
    }

    List<CompletableFuture<Outcome>> derived() {
        return derived;
    }

    /**
     * The outcome, once everything that reads the content is done: a recognizer may be slower than the encoder. Fails
     * where the text could not be read, for then there will be a dead letter.
     */
    CompletableFuture<Outcome> read() {
        return CompletableFuture.allOf(derived.toArray(CompletableFuture[]::new))
                .thenCombine(evidence, (done, text) -> text)
                .thenCombine(outcome, (text, own) -> own);
    }

    /** What is under way for it. */
    private Stream<CompletableFuture<?>> all() {
        return Stream.concat(Stream.of(outcome, candidate, evidence), derived.stream());
    }

    /** Runs work whenever one of what is under way is done, on the thread that completes it. */
    void onProgress(Runnable work) {
        all().filter(each -> each != NOTHING && each != NO_EVIDENCE)
                .forEach(each -> each.whenComplete((done, failure) -> work.run()));
    }

    long since() {
        return since;
    }

    /** What it holds, in bytes. */
    synchronized long bytes() {
        return bytes;
    }

    /**
     * It leaves: nothing is released any more.
     *
     * @return what it held
     */
    synchronized long leave() {
        left = true;
        return bytes;
    }

    /**
     * Lets go of the record's value and content. From any thread.
     *
     * @return the bytes that this frees
     */
    synchronized long release() {
        if (left
                || !(record instanceof IngestRecord.Event event)
                || event.origin().value() == null) {
            return 0;
        }
        Coordinates origin = event.origin();
        IngestRecord.Event rest = new IngestRecord.Event(
                new Coordinates(
                        origin.topic(),
                        origin.partition(),
                        origin.offset(),
                        origin.timestamp(),
                        origin.key(),
                        null,
                        origin.headers()),
                event.eventId(),
                event.subjectId(),
                event.time(),
                null,
                event.reference(),
                event.vector(),
                event.vectorModel(),
                event.attributes(),
                event.readAt(),
                event.signals(),
                event.passages());
        long before = bytes;
        record = rest;
        bytes = bytes(rest);
        return before - bytes;
    }

    boolean isDone() {
        // Without a stream: most records of a busy pipeline bring their embeddings and pass through here.
        return outcome.isDone()
                && candidate.isDone()
                && evidence.isDone()
                && (derived.isEmpty() || derived.stream().allMatch(CompletableFuture::isDone));
    }

    /** Waits for all, however they end. */
    void await() throws InterruptedException {
        for (CompletableFuture<?> each : all().toList()) {
            try {
                each.get();
            } catch (ExecutionException | CancellationException e) {
                // Handled when the record is sent on.
            }
        }
    }

    /**
     * Waits; null of a record that is not to be encoded.
     *
     * @throws ReferenceException when its content could not be fetched
     * @throws RecordWall.PlatformFailure when the engine failed
     */
    Outcome result() throws InterruptedException, ReferenceException {
        return result(outcome);
    }

    private static Outcome result(CompletableFuture<Outcome> outcome) throws InterruptedException, ReferenceException {
        try {
            return outcome.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ReferenceException refusal) {
                throw refusal;
            }
            throw new RecordWall.PlatformFailure(new IOException("the engine failed: " + e.getCause(), e.getCause()));
        }
    }

    /**
     * Waits for what is derived; one outcome for each modality, in their order.
     *
     * @throws ReferenceException when its content could not be fetched
     * @throws RecordWall.PlatformFailure when an engine failed
     */
    List<Outcome> derivedResults() throws InterruptedException, ReferenceException {
        List<Outcome> results = new ArrayList<>(derived.size());
        for (CompletableFuture<Outcome> each : derived) {
            results.add(result(each));
        }
        return results;
    }

    /**
     * Waits; null where nothing of the content is kept.
     *
     * @throws ExecutionException when its text could not be read
     */
    Evidence evidence() throws InterruptedException, ExecutionException {
        return evidence.get();
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
