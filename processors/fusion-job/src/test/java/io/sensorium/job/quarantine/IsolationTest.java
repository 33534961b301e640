// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.quarantine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Exchanger;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The notes outlive the process, are few, and cost nothing where they cannot be kept. */
@Timeout(60)
class IsolationTest {

    @TempDir
    Path folder;

    private final AtomicLong nanos = new AtomicLong();

    private Isolation start(String stage, int subtask, long checkpoint) {
        Isolation isolation = new Isolation(folder.toUri(), stage, subtask, nanos::get);
        isolation.start(
                checkpoint < 0 ? OptionalLong.empty() : OptionalLong.of(checkpoint), new UnregisteredMetricsGroup());
        return isolation;
    }

    /** Processes an item and leaves the notes as they would be if the process had died meanwhile. */
    private void dieUnder(Isolation isolation, String item, Path file) throws Exception {
        Path then = folder.resolve("then");
        isolation.alone(item, () -> Files.copy(file, then, StandardCopyOption.REPLACE_EXISTING));
        Files.move(then, file, StandardCopyOption.REPLACE_EXISTING);
    }

    @Test
    void afterThreeDeathsInARowItIsCarefulAndTheRecordUnderWhichItDiesTwiceMoreIsPoisonForEverySubtask()
            throws Exception {
        Path file = folder.resolve("encode-text.1.json");
        for (int start = 0; start < 3; start++) {
            assertThat(start("encode-text", 1, 7).careful()).isFalse();
        }
        Isolation fourth = start("encode-text", 1, 7);
        assertThat(fourth.careful()).isTrue();
        assertThat(fourth.<String>alone("a", () -> "done")).isEqualTo("done");
        dieUnder(fourth, "b", file);
        Isolation fifth = start("encode-text", 1, 8);
        assertThat(fifth.careful())
                .as("also from a later checkpoint, as there is a suspect")
                .isTrue();
        assertThat(fifth.knowsPoison()).isFalse();
        dieUnder(fifth, "b", file);
        Isolation sixth = start("encode-text", 1, 8);
        assertThat(sixth.isPoison("b")).isTrue();
        assertThat(sixth.isPoison("a")).isFalse();
        assertThat(start("encode-text", 0, 8).isPoison("b"))
                .as("after a change of parallelism")
                .isTrue();
        assertThat(start("encode-image", 0, 8).knowsPoison()).isFalse();
        sixth.snapshot(9);
        assertThat(start("encode-text", 1, 9).knowsPoison())
                .as("its dead letter is in checkpoint 9")
                .isFalse();
    }

    /**
     * Checkpoints complete while a slow record is under way, with the record in them: they alone are no sign of health.
     */
    @Test
    void deathsAreCountedAcrossCheckpointsUntilTheJobHasRunForLongerThanAnyRecordMayTake() throws Exception {
        for (long start = 0; start < 3; start++) {
            Isolation isolation = start("encode-text", 0, start);
            assertThat(isolation.careful()).isFalse();
            for (int checkpoint = 0; checkpoint < 20; checkpoint++) {
                isolation.completed();
            }
        }
        Isolation fourth = start("encode-text", 0, 3);
        assertThat(fourth.careful()).isTrue();
        fourth.completed();
        fourth.completed();
        assertThat(fourth.careful()).isTrue();
        nanos.addAndGet(Isolation.HEALTHY_FOR.toNanos());
        fourth.completed();
        assertThat(fourth.careful()).isFalse();
        for (long start = 0; start < 10; start++) {
            Isolation isolation = start("encode-text", 0, start);
            assertThat(isolation.careful()).as("deaths a long time apart").isFalse();
            isolation.completed();
            nanos.addAndGet(Isolation.HEALTHY_FOR.toNanos());
            isolation.completed();
        }
    }

    @Test
    void anItemThatFailsWhileTheProcessLivesIsNoSuspect() throws Exception {
        for (int start = 0; start < 3; start++) {
            start("fuse", 0, -1);
        }
        for (int start = 0; start < 5; start++) {
            Isolation isolation = start("fuse", 0, -1);
            assertThat(isolation.careful()).isTrue();
            assertThatThrownBy(() -> isolation.alone("a", () -> {
                        throw new IllegalStateException("the broker is away");
                    }))
                    .hasMessage("the broker is away");
            assertThat(isolation.knowsPoison()).isFalse();
        }
    }

    @Test
    void itemsOfAllSubtasksOfTheProcessGoOneAtATime() throws Exception {
        AtomicInteger underWay = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        Thread[] subtasks = new Thread[4];
        for (int i = 0; i < subtasks.length; i++) {
            int subtask = i;
            subtasks[i] = new Thread(() -> {
                Isolation isolation = start("encode-text", subtask, 1);
                for (int item = 0; item < 50; item++) {
                    try {
                        isolation.alone("i" + item, () -> {
                            most.accumulateAndGet(underWay.incrementAndGet(), Math::max);
                            return underWay.decrementAndGet();
                        });
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                }
            });
            subtasks[i].start();
        }
        for (Thread subtask : subtasks) {
            subtask.join();
        }
        assertThat(most).hasValue(1);
    }

    @Test
    void whoWaitsForItsTurnCanBeCancelledAndHasNoteOfNothing() throws Exception {
        CountDownLatch first = new CountDownLatch(1);
        CountDownLatch entered = new CountDownLatch(1);
        Isolation one = start("encode-text", 0, 1);
        Isolation other = start("encode-text", 1, 1);
        Thread holds = new Thread(() -> {
            try {
                one.alone("slow", () -> {
                    entered.countDown();
                    first.await();
                    return null;
                });
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        holds.start();
        entered.await();
        Exchanger<Exception> failure = new Exchanger<>();
        Thread waits = new Thread(() -> {
            try {
                other.alone("waiting", () -> null);
            } catch (Exception e) {
                try {
                    failure.exchange(e);
                } catch (InterruptedException again) {
                    Thread.currentThread().interrupt();
                }
            }
        });
        waits.start();
        while (waits.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        waits.interrupt();
        assertThat(failure.exchange(null)).isInstanceOf(InterruptedException.class);
        assertThat(Files.readString(folder.resolve("encode-text.1.json"))).doesNotContain("waiting");
        first.countDown();
        holds.join();
    }

    @Test
    void notesThatCannotBeReadOrKeptAreNoReasonToFail() throws Exception {
        Files.writeString(folder.resolve("encode-text.0.json"), "{\"checkpoint\":7,\"sta");
        assertThat(start("encode-text", 0, 7).careful()).isFalse();
        Path plain = Files.writeString(folder.resolve("plain"), "no folder");
        Isolation isolation = new Isolation(plain.toUri(), "encode-text", 0);
        isolation.start(OptionalLong.of(7), new UnregisteredMetricsGroup());
        assertThat(isolation.careful()).isFalse();
        Isolation without = new Isolation((URI) null, "encode-text", 0);
        without.start(OptionalLong.empty(), new UnregisteredMetricsGroup());
        without.snapshot(1);
        without.completed();
        assertThat(without.careful()).isFalse();
        assertThat(without.knowsPoison()).isFalse();
    }
}
