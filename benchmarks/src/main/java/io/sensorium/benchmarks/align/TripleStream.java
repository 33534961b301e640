// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks.align;

import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.SplittableRandom;

/**
 * A stream of triples, one event a modality, as a pure function of its parameters. Triple k is about subject k mod
 * {@code subjects}; its events lie in one window of {@link #WINDOW_MS}, a subject's next triple at least two windows
 * on, so windows and joins within a window's length give the same triples. A tenth of the events is sent up to 1.9 s
 * after its time.
 *
 * @param subjects how many there are, at least 20
 * @param triples how many are sent
 * @param start event time of the first, in ms, on a window's edge
 * @param maxTriplesPerSecond of event time; a window holds ten seconds' worth
 */
record TripleStream(int subjects, int triples, long start, int maxTriplesPerSecond) {

    static final int MODALITIES = 3;
    static final int DIMENSION = 384;
    static final int WINDOW_MS = 10_000;
    static final int OUT_OF_ORDERNESS_MS = 2_000;

    private static final int SPREAD_MS = 1_500;
    private static final int MAX_DELAY_MS = 1_900;
    private static final int VECTORS = 64;
    private static final float[][] POOL = pool();

    /**
     * An event as it is to be sent.
     *
     * @param sentAt event-time clock at which it is sent, in ms
     */
    record Sent(int triple, int modality, long time, long sentAt) {}

    /** Takes the events in the order of sending. */
    interface Receiver {
        void accept(Sent event) throws Exception;
    }

    /** In event time. */
    double triplesPerSecond() {
        return Math.min(maxTriplesPerSecond, subjects / (2.0 * WINDOW_MS / 1000));
    }

    String subject(int triple) {
        return "subject-" + triple % subjects;
    }

    /** When a triple's window ends, in ms. */
    long windowEnd(int triple) {
        return base(triple) / WINDOW_MS * WINDOW_MS + WINDOW_MS;
    }

    /** One event of the stream. */
    Sent event(int triple, int modality) {
        SplittableRandom random = new SplittableRandom(triple * 31L + modality);
        long base = base(triple);
        long time = Math.min(windowEnd(triple) - 1, base + random.nextInt(SPREAD_MS));
        long delay = random.nextInt(10) == 0 ? 1 + random.nextInt(MAX_DELAY_MS) : 0;
        return new Sent(triple, modality, time, time + delay);
    }

    /** When the last of a triple's events is sent, in ms. */
    long complete(int triple) {
        long last = Long.MIN_VALUE;
        for (int modality = 0; modality < MODALITIES; modality++) {
            last = Math.max(last, event(triple, modality).sentAt());
        }
        return last;
    }

    /** The vector of an event; not to be written to. */
    static float[] vector(int triple, int modality) {
        return POOL[(triple * MODALITIES + modality) % VECTORS];
    }

    /** Sends the whole stream. */
    void send(Receiver receiver) throws Exception {
        PriorityQueue<Sent> waiting = new PriorityQueue<>(Comparator.comparingLong(Sent::sentAt)
                .thenComparingInt(Sent::triple)
                .thenComparingInt(Sent::modality));
        for (int triple = 0; triple < triples; triple++) {
            for (int modality = 0; modality < MODALITIES; modality++) {
                waiting.add(event(triple, modality));
            }
            while (!waiting.isEmpty() && waiting.peek().sentAt() <= base(triple)) {
                receiver.accept(waiting.poll());
            }
        }
        while (!waiting.isEmpty()) {
            receiver.accept(waiting.poll());
        }
    }

    private long base(int triple) {
        return start + (long) (triple * 1000 / triplesPerSecond());
    }

    private static float[][] pool() {
        SplittableRandom random = new SplittableRandom(7);
        float[][] pool = new float[VECTORS][DIMENSION];
        for (float[] vector : pool) {
            double norm = 0;
            for (int i = 0; i < DIMENSION; i++) {
                vector[i] = (float) random.nextGaussian();
                norm += vector[i] * vector[i];
            }
            for (int i = 0; i < DIMENSION; i++) {
                vector[i] /= (float) Math.sqrt(norm);
            }
        }
        return pool;
    }
}
