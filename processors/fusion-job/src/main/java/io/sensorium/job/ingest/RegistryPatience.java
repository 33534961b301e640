// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest;

import java.io.IOException;

/** Tries what needs the registry again for a while before it fails. Pure. */
final class RegistryPatience {

    private static final int ATTEMPTS = 6;
    private static final long FIRST_PAUSE_MS = 200;

    private RegistryPatience() {}

    /**
     * What needs the registry.
     *
     * @param <T> what it returns
     */
    interface Work<T> {
        T run() throws IOException;
    }

    /**
     * Does the work; after each failure but the last it waits, twice as long each time.
     *
     * @throws IOException of the last attempt, or where the thread is interrupted
     */
    static <T> T tried(Work<T> work) throws IOException {
        long pause = FIRST_PAUSE_MS;
        for (int attempt = 1; ; attempt++) {
            try {
                return work.run();
            } catch (IOException e) {
                if (attempt == ATTEMPTS) {
                    throw e;
                }
                try {
                    Thread.sleep(pause);
                } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                    throw e;
                }
                pause *= 2;
            }
        }
    }
}
