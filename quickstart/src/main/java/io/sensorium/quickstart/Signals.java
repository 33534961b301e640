package io.sensorium.quickstart;

import java.util.concurrent.CountDownLatch;
import sun.misc.Signal;

/** SIGINT and SIGTERM as a latch, so that a command can end its work and exit 0. */
public final class Signals {

    private Signals() {}

    /** A latch that opens at the first signal; a second one ends the process at once. */
    public static CountDownLatch latch() {
        CountDownLatch latch = new CountDownLatch(1);
        for (String name : new String[] {"INT", "TERM"}) {
            Signal.handle(new Signal(name), signal -> {
                if (latch.getCount() == 0) {
                    Runtime.getRuntime().halt(1);
                }
                latch.countDown();
            });
        }
        return latch;
    }
}
