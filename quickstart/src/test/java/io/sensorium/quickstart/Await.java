// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** Waits for what holds after a while. */
public final class Await {

    private Await() {}

    /** @param what is waited for, for the message where it does not come */
    public static void until(String what, Duration patience, Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + patience.toNanos();
        while (!condition.call()) {
            assertThat(System.nanoTime()).as("%s within %s", what, patience).isLessThan(deadline);
            TimeUnit.MILLISECONDS.sleep(100);
        }
    }
}
