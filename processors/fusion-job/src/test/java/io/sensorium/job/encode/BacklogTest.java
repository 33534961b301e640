// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.encode;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.alignment.Evidence;
import io.sensorium.job.records.Coordinates;
import io.sensorium.job.records.IngestRecord;
import io.sensorium.operators.encode.Content;
import io.sensorium.operators.encode.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.junit.jupiter.api.Test;

/** What waits is counted by records and bytes, and a record's bytes are let go of once its embedding is known. */
class BacklogTest {

    private static PendingRecord pending(int valueBytes, CompletableFuture<Outcome> outcome) {
        Coordinates origin = new Coordinates("media.image", 0, 0, 0, null, new byte[valueBytes], Map.of());
        return new PendingRecord(
                new IngestRecord.Event(
                        origin, "e", "s", 0, new Content.Media(new byte[valueBytes]), null, null, null, Map.of(), 0),
                outcome,
                PendingRecord.NOTHING,
                List.of(),
                PendingRecord.NO_EVIDENCE,
                0);
    }

    private static Outcome encoded() {
        return new Outcome.Encoded(new float[1], Map.of());
    }

    @Test
    void bytesAreLetGoOfOnceTheEmbeddingIsKnownAndKeptForADeadLetter() {
        Backlog backlog = new Backlog(100_000, encoded -> true);
        PendingRecord slow = pending(40_000, new CompletableFuture<>());
        PendingRecord sound = pending(40_000, new CompletableFuture<>());
        PendingRecord corrupt = pending(40_000, new CompletableFuture<>());
        assertThat(backlog.isFull(1 << 30)).as("a larger record waits alone").isFalse();
        backlog.add(slow);
        assertThat(backlog.isFull(sound.bytes())).isTrue();
        backlog.add(sound);
        backlog.add(corrupt);
        sound.outcome().complete(encoded());
        corrupt.outcome().complete(new Outcome.Failed(Outcome.Reason.CORRUPT_MEDIA, "cut short"));
        assertThat(sound.record().origin().value()).isNull();
        assertThat(((IngestRecord.Event) sound.record()).content()).isNull();
        assertThat(((IngestRecord.Event) sound.record()).eventId()).isEqualTo("e");
        assertThat(corrupt.record().origin().value()).hasSize(40_000);
        assertThat(backlog.bytes())
                .isEqualTo(slow.bytes() + sound.bytes() + corrupt.bytes())
                .isBetween(160_000L, 170_000L);
        slow.outcome().complete(encoded());
        while (backlog.poll() != null) {
            assertThat(backlog.bytes()).isNotNegative();
        }
        assertThat(backlog.bytes()).isZero();
        assertThat(backlog.records()).isZero();
    }

    @Test
    void mediaWithinTheRecordsValueCountOnce() {
        byte[] value = new byte[40_000];
        Coordinates origin = new Coordinates("media.image", 0, 0, 0, null, value, Map.of());
        PendingRecord pending = new PendingRecord(
                new IngestRecord.Event(
                        origin, "e", "s", 0, new Content.Media(value, 100, 39_000), null, null, null, Map.of(), 0),
                new CompletableFuture<>(),
                PendingRecord.NOTHING,
                List.of(),
                PendingRecord.NO_EVIDENCE,
                0);
        assertThat(pending.bytes()).isBetween(40_000L, 42_000L);
    }

    @Test
    void anEmbeddingThatCannotBeSentOnKeepsItsRecord() {
        Backlog backlog = new Backlog(100_000, encoded -> false);
        PendingRecord pending = pending(1000, CompletableFuture.completedFuture(encoded()));
        backlog.add(pending);
        assertThat(pending.record().origin().value()).hasSize(1000);
    }

    /** Text behind a reference may be read after its embedding is known. */
    @Test
    void aRecordWhoseTextCannotBeReadKeepsItsValue() {
        Backlog backlog = new Backlog(100_000, encoded -> true);
        CompletableFuture<Evidence> read = new CompletableFuture<>();
        CompletableFuture<Evidence> failing = new CompletableFuture<>();
        PendingRecord sound = fetched(read);
        PendingRecord broken = fetched(failing);
        backlog.add(sound);
        backlog.add(broken);
        assertThat(sound.record().origin().value()).as("its text is still read").hasSize(1000);
        read.complete(null);
        failing.completeExceptionally(new IllegalStateException("no reading"));
        assertThat(sound.record().origin().value()).isNull();
        assertThat(broken.record().origin().value()).hasSize(1000);
    }

    private static PendingRecord fetched(CompletableFuture<Evidence> evidence) {
        PendingRecord bare = pending(1000, CompletableFuture.completedFuture(encoded()));
        return new PendingRecord(bare.record(), bare.outcome(), PendingRecord.NOTHING, List.of(), evidence, 0);
    }

    @Test
    void countsAreRightWhoeverComesFirst() throws Exception {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        Backlog backlog = new Backlog(Long.MAX_VALUE, encoded -> true);
        Thread[] workers = new Thread[2];
        List<List<CompletableFuture<Outcome>>> work = List.of(new ArrayList<>(), new ArrayList<>());
        for (int i = 0; i < 20_000; i++) {
            CompletableFuture<Outcome> outcome = new CompletableFuture<>();
            work.get(random.nextInt(2)).add(outcome);
            backlog.add(pending(random.nextInt(100), outcome));
            if (random.nextInt(10) == 0) {
                backlog.add(new Watermark(i));
            }
        }
        assertThat(backlog.isFull(0)).isTrue();
        for (int i = 0; i < 2; i++) {
            List<CompletableFuture<Outcome>> mine = work.get(i);
            workers[i] = new Thread(() -> mine.forEach(outcome -> outcome.complete(encoded())));
            workers[i].start();
        }
        while (!backlog.isEmpty()) {
            if (backlog.peek() instanceof Watermark || ((PendingRecord) backlog.peek()).isDone()) {
                backlog.poll();
            }
            backlog.pollDone();
        }
        for (Thread worker : workers) {
            worker.join();
        }
        assertThat(backlog.bytes()).isZero();
        assertThat(backlog.records()).isZero();
    }
}
