// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Sends events, in event time and by the clock, until it is closed; the last ones close every window. */
final class SteadyLoad implements AutoCloseable {

    private static final long T = 1_700_000_000_000L;
    private static final long STEP = 100;
    private static final String[] WORDS =
            "a good bad happy sad day night dog rain sun we love hate this never ever".split(" ");

    private final TestTopics topics;
    private final boolean words;
    private final Thread thread;
    private volatile boolean ended;
    private volatile int sent;

    SteadyLoad(TestTopics topics, boolean words) {
        this.topics = topics;
        this.words = words;
        thread = new Thread(this::send, "load");
        thread.start();
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
    private void send() {
        while (!ended) {
            one(sent, T + (long) sent * STEP);
            sent++;
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
        }
    }

    private void one(int number, long time) {
        for (String modality : words ? List.of("image", "text") : List.of("image", "text", "audio")) {
            String id = modality + number;
            topics.send(
                    modality,
                    words && modality.equals("text")
                            ? topics.event(
                                    modality,
                                    "s" + number,
                                    id,
                                    time,
                                    WORDS[number % WORDS.length] + " " + WORDS[number / WORDS.length % WORDS.length]
                                            + " " + number)
                            : topics.embedded(modality, "s" + number, id, time, number));
        }
    }

    int sent() {
        return sent;
    }

    @Override
    public void close() throws Exception {
        ended = true;
        thread.join();
        // Of several keys, so that both partitions get one, far behind everything.
        for (int closer = 0; closer < 8; closer++) {
            for (String modality : List.of("image", "text", "audio")) {
                topics.send(
                        modality,
                        topics.embedded(
                                modality,
                                "closer" + closer,
                                "closer-" + modality + closer,
                                T + sent * STEP + 10_000_000,
                                1));
            }
        }
        topics.flush();
    }
}
