// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Batches when full or when their first entry has waited; a full queue holds back; nothing is lost or given twice. */
@Timeout(60)
class BatchQueueTest {

    private static final long HOUR = TimeUnit.HOURS.toNanos(1);

    private final ExecutorService others = Executors.newCachedThreadPool();

    @AfterEach
    void stop() {
        others.shutdownNow();
    }

    @Test
    void aFullBatchGoesAtOnceAndTheRestInOrder() throws Exception {
        BatchQueue<Integer> queue = new BatchQueue<>(3, HOUR, 100, 1000, 1);
        for (int i = 0; i < 7; i++) {
            queue.put(i, 1);
        }
        assertThat(queue.take()).containsExactly(0, 1, 2);
        assertThat(queue.take()).containsExactly(3, 4, 5);
        assertThat(queue.size()).isOne();
    }

    @Test
    void withoutADelayEachTakerGetsItsShareOfWhatIsThere() throws Exception {
        BatchQueue<Integer> queue = new BatchQueue<>(4, 0, 100, 1000, 2);
        for (int i = 0; i < 5; i++) {
            queue.put(i, 1);
        }
        assertThat(queue.take()).containsExactly(0, 1, 2);
        assertThat(queue.take()).containsExactly(3);
        assertThat(queue.take()).containsExactly(4);
    }

    @Test
    void anEntryWaitsForCompanyNoLongerThanItMay() throws Exception {
        BatchQueue<Integer> queue = new BatchQueue<>(3, TimeUnit.MILLISECONDS.toNanos(5), 100, 1000, 1);
        queue.put(1, 1);
        assertThat(queue.take()).containsExactly(1);
    }

    @Test
    void aFullQueueHoldsBackUntilABatchIsTakenAndGivesItNoTimeToGrow() throws Exception {
        BatchQueue<Integer> queue = new BatchQueue<>(2, HOUR, 2, 1000, 1);
        queue.put(1, 1);
        queue.put(2, 1);
        CountDownLatch started = new CountDownLatch(1);
        Future<Boolean> third = others.submit(() -> {
            started.countDown();
            return queue.put(3, 1);
        });
        started.await();
        assertThat(third.isDone()).isFalse();
        assertThat(queue.take()).containsExactly(1, 2);
        assertThat(third.get()).isTrue();
        BatchQueue<Integer> bytes = new BatchQueue<>(8, HOUR, 100, 10, 1);
        bytes.put(1, 50);
        assertThat(bytes.take())
                .as("larger than the queue, so alone, and at once")
                .containsExactly(1);
    }

    @Test
    void closingFreesWhoeverWaitsAndGivesBackWhatIsLeft() throws Exception {
        BatchQueue<Integer> empty = new BatchQueue<>(2, HOUR, 2, 1000, 1);
        Future<List<Integer>> taker = others.submit(empty::take);
        assertThat(empty.close()).isEmpty();
        assertThat(taker.get()).isNull();
        BatchQueue<Integer> full = new BatchQueue<>(4, HOUR, 4, 4, 1);
        full.put(1, 3);
        Future<Boolean> putter = others.submit(() -> full.put(2, 3));
        assertThat(full.close()).containsExactly(1);
        assertThat(putter.get()).as("held back, or too late").isFalse();
        assertThat(full.put(3, 1)).isFalse();
    }

    @Test
    void manyThreadsPutAndTakeEverythingOnce() throws Exception {
        BatchQueue<Integer> queue = new BatchQueue<>(7, TimeUnit.MICROSECONDS.toNanos(200), 20, 1 << 20, 1);
        ConcurrentLinkedQueue<Integer> taken = new ConcurrentLinkedQueue<>();
        CountDownLatch all = new CountDownLatch(4000);
        for (int worker = 0; worker < 3; worker++) {
            others.submit(() -> {
                for (List<Integer> batch = queue.take(); batch != null; batch = queue.take()) {
                    assertThat(batch).hasSizeBetween(1, 7);
                    taken.addAll(batch);
                    batch.forEach(entry -> all.countDown());
                }
                return null;
            });
        }
        List<Future<?>> putters = new ArrayList<>();
        for (int putter = 0; putter < 4; putter++) {
            int from = putter * 1000;
            putters.add(others.submit(() -> {
                for (int i = from; i < from + 1000; i++) {
                    assertThat(queue.put(i, 1)).isTrue();
                }
                return null;
            }));
        }
        for (Future<?> putter : putters) {
            putter.get();
        }
        assertThat(all.await(30, TimeUnit.SECONDS)).isTrue();
        queue.close();
        assertThat(taken)
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, 4000).boxed().toList());
    }
}
