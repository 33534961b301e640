// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.batch;

/**
 * How long a task's thread was held up by its own models: a full queue, or a checkpoint that waits for what is being
 * encoded. The task's source reads nothing meanwhile, and Flink's activity clock does not count it as back-pressure
 * since the operator is chained to the source; so a partition whose records wait behind another's would be taken for
 * idle.
 */
public final class BlockedTime {

    private static final ThreadLocal<long[]> NANOS = ThreadLocal.withInitial(() -> new long[1]);

    private BlockedTime() {}

    /**
     * Adds time of the calling thread.
     *
     * @param since when it was held up, by {@link System#nanoTime()}
     */
    public static void since(long since) {
        NANOS.get()[0] += System.nanoTime() - since;
    }

    /** Of the calling thread, in all. */
    public static long nanos() {
        return NANOS.get()[0];
    }
}
