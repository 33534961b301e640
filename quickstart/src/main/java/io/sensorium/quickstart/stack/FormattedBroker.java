// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.stack;

import java.io.PrintStream;
import java.util.Arrays;

/** A broker's first start: formats its storage and runs it, in one JVM, which saves the start of another. */
final class FormattedBroker {

    private FormattedBroker() {}

    /**
     * Arguments: the broker's properties file, then those of {@code kafka-storage}.
     *
     * @throws Exception as Kafka's main class does
     */
    public static void main(String[] args) throws Exception {
        int failed = (int) Class.forName("kafka.tools.StorageTool")
                .getMethod("execute", String[].class, PrintStream.class)
                .invoke(null, Arrays.copyOfRange(args, 1, args.length), System.out);
        if (failed != 0) {
            System.exit(failed);
        }
        Class.forName("kafka.Kafka").getMethod("main", String[].class).invoke(null, (Object) new String[] {args[0]});
    }
}
