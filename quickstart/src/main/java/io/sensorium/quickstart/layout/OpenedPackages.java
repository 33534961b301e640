// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.layout;

import java.util.List;
import java.util.stream.Stream;

/** What Flink and Kafka need opened of Java 17. The launchers and the build have the same list. */
public final class OpenedPackages {

    private OpenedPackages() {}

    /** Options of a JVM, {@code --add-opens} each. */
    public static List<String> options() {
        return Stream.of("lang", "util", "util.concurrent", "net", "nio", "time")
                .map(opened -> "--add-opens=java.base/java." + opened + "=ALL-UNNAMED")
                .toList();
    }
}
