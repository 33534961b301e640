// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The cluster within {@code run} and {@code demo} has no authentication, so only this machine may connect. */
@Tag("slow")
class EmbeddedFlinkTest {

    /** As {@code /proc/net} writes them: 127.0.0.1, ::1 and 127.0.0.1 in IPv6. */
    private static final Set<String> LOOPBACK =
            Set.of("0100007F", "00000000000000000000000001000000", "0000000000000000FFFF00000100007F");

    /** Addresses on which this process listens. */
    private static Set<String> listening() throws IOException {
        Set<String> own;
        try (Stream<Path> handles = Files.list(Path.of("/proc/self/fd"))) {
            own = handles.map(EmbeddedFlinkTest::target).collect(Collectors.toSet());
        }
        Set<String> addresses = new TreeSet<>();
        for (String table : new String[] {"tcp", "tcp6"}) {
            for (String line : Files.readAllLines(Path.of("/proc/net", table))) {
                String[] fields = line.strip().split(" +");
                if (fields[3].equals("0A") && own.contains("socket:[" + fields[9] + "]")) {
                    addresses.add(fields[1].substring(0, fields[1].indexOf(':')));
                }
            }
        }
        return addresses;
    }

    private static String target(Path handle) {
        try {
            return Files.readSymbolicLink(handle).toString();
        } catch (IOException e) {
            return "";
        }
    }

    private static final AtomicBoolean ENTERED = new AtomicBoolean();
    private static final AtomicBoolean RELEASED = new AtomicBoolean();

    /** As a call of native code does that neither returns nor can be interrupted. */
    @Test
    @Timeout(120)
    void aTaskThatDoesNotEndIsNotWaitedForForever() throws Exception {
        EmbeddedFlink flink = EmbeddedFlink.start(new Configuration(), 1);
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
        environment.setParallelism(1);
        environment
                .fromSequence(0, 10)
                .map(number -> {
                    ENTERED.set(true);
                    while (!RELEASED.get()) {
                        Thread.onSpinWait();
                    }
                    return number;
                })
                .returns(Long.class)
                .sinkTo(new DiscardingSink<>());
        flink.submit(environment, "stuck");
        await("the task runs").atMost(Duration.ofSeconds(60)).until(ENTERED::get);
        try {
            assertThatThrownBy(flink::close).isInstanceOf(IOException.class).hasMessageContaining("did not end within");
        } finally {
            RELEASED.set(true);
        }
    }

    @Test
    void itListensOnLoopbackAlone() throws Exception {
        assumeTrue(
                Files.isDirectory(Path.of("/proc/self/fd")),
                "skipped: there is no /proc, which lists a process's sockets");
        try (EmbeddedFlink flink = EmbeddedFlink.start(new Configuration(), 1)) {
            assertThat(flink.webUrl()).startsWith("http://127.0.0.1:");
            assertThat(listening()).isNotEmpty().isSubsetOf(LOOPBACK);
        }
    }
}
