// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.onnx;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * Memory that this process holds where its models run: on a GPU as {@code nvidia-smi} reports it, on a CPU the resident
 * set, which has the heap in it too. Asked for at most every ten seconds, since a process is started for a GPU's. Safe
 * for several threads.
 */
public final class DeviceMemory {

    private static final long AGE_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final Path STATUS = Path.of("/proc/self/status");

    private final boolean cpu;
    private long asked;
    private long bytes = -1;

    public DeviceMemory(Device device) {
        this.cpu = device.isCpu();
    }

    /** In bytes; -1 where it is not known. */
    public synchronized long bytes() {
        long now = System.nanoTime();
        if (bytes < 0 || now - asked > AGE_NANOS) {
            asked = now;
            try {
                bytes = cpu ? resident() : onGpus();
            } catch (IOException e) {
                bytes = -1;
            }
        }
        return bytes;
    }

    private static long resident() throws IOException {
        return Files.exists(STATUS)
                ? Files.readAllLines(STATUS).stream()
                        .filter(line -> line.startsWith("VmRSS:"))
                        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                        .findFirst()
                        .orElse(-1)
                : -1;
    }

    private static long onGpus() throws IOException {
        Process asking = new ProcessBuilder(
                        "nvidia-smi", "--query-compute-apps=pid,used_memory", "--format=csv,noheader,nounits")
                .redirectErrorStream(true)
                .start();
        String answer = new String(asking.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        return parse(answer, ProcessHandle.current().pid());
    }

    /** The sum over a process's lines, {@code pid, MiB}; -1 where it has none. */
    static long parse(String answer, long pid) {
        long sum = -1;
        for (String line : answer.split("\n")) {
            String[] fields = line.trim().split("\\s*,\\s*");
            if (fields.length == 2 && fields[0].equals(Long.toString(pid)) && fields[1].matches("\\d+")) {
                sum = Math.max(0, sum) + (Long.parseLong(fields[1]) << 20);
            }
        }
        return sum;
    }
}
