// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.stack;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * Runs another main class and ends the process when its standard input ends, which it does when the parent dies,
 * however it dies. Needs nothing but the JDK, so that it fits any class path.
 */
public final class ParentProcessWatchdog {

    private ParentProcessWatchdog() {}

    /**
     * Arguments: the main class, then its own arguments.
     *
     * @throws Exception as that main class does
     */
    public static void main(String[] args) throws Exception {
        InputStream parent = System.in;
        Thread watch = new Thread(
                () -> {
                    try {
                        while (parent.read() >= 0) {
                            // The parent writes nothing; only the end matters.
                        }
                    } catch (IOException e) {
                        // A broken pipe is an end too.
                    }
                    Runtime.getRuntime().halt(143);
                },
                "parent-watch");
        watch.setDaemon(true);
        watch.start();
        Class.forName(args[0]).getMethod("main", String[].class).invoke(null, (Object)
                Arrays.copyOfRange(args, 1, args.length));
    }
}
