// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.runtime;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import sun.misc.Signal;

/** SIGINT and SIGTERM as a latch, so that a command can end its work and exit 0. */
public final class ShutdownSignal {

    private static final List<String> NAMES = List.of("INT", "TERM");

    private ShutdownSignal() {}

    /**
     * What a signal does until a command takes it by {@link #latch()}: it ends the process as it would anyway, with 128
     * and the signal's number, but not without a word.
     */
    public static void end() {
        for (String name : NAMES) {
            Signal.handle(new Signal(name), signal -> {
                System.err.println("sensorium: stopped by SIG" + signal.getName());
                Runtime.getRuntime().exit(128 + signal.getNumber());
            });
        }
    }

    /**
     * Ends the process, whatever threads Flink and Kafka have left behind: their shutdown hooks have ten seconds.
     *
     * @param code of the exit
     */
    public static void exit(int code) {
        Thread halt = new Thread(
                () -> {
                    try {
                        TimeUnit.SECONDS.sleep(10);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    Runtime.getRuntime().halt(code);
                },
                "halt");
        halt.setDaemon(true);
        halt.start();
        Runtime.getRuntime().exit(code);
    }

    /** A latch that opens at the first signal; a second one ends the process at once. */
    public static CountDownLatch latch() {
        CountDownLatch latch = new CountDownLatch(1);
        for (String name : NAMES) {
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
