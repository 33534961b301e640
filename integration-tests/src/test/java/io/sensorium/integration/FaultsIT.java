// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static io.sensorium.integration.CommandProcess.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.operators.pack.PackedModel;
import io.sensorium.quickstart.layout.DistributionLayout;
import io.sensorium.quickstart.stack.ChildProcess;
import io.sensorium.quickstart.stack.EmbeddedBroker;
import io.sensorium.quickstart.stack.EmbeddedRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * Processes are killed and paused while subjects stream through: two JobManagers with ZooKeeper, two TaskManagers, a
 * broker and a registry, each a JVM of its own. A read-committed consumer must see exactly the oracle's results, each
 * once. The build sends some 3,000 subjects through one fault of each kind, {@code -Psoak} 10,000 at least, through
 * four of each.
 */
class FaultsIT {

    private static final int SUBJECTS = Integer.getInteger("sensorium.fault.subjects", 3_000);
    private static final int ROUNDS = Integer.getInteger("sensorium.fault.rounds", 1);
    private static final int SUBJECTS_A_SECOND = SUBJECTS < 10_000 ? 20 : 60;
    private static final long WINDOW = 2_000;
    private static final List<String> MODALITIES = List.of("image", "text", "audio");

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path folder;

    private EmbeddedBroker broker;
    private EmbeddedRegistry registry;
    private FlinkProcesses flink;
    private TestTopics topics;
    private CommittedResults results;
    private final long base = System.currentTimeMillis() / WINDOW * WINDOW;
    private final long started = System.nanoTime();
    private int sent;
    /** A TaskManager that is to stay away for now; -1 for none. */
    private int away = -1;

    private interface Act {
        void run() throws Exception;
    }

    /** @param mend what whoever runs the cluster does about it: starts what is gone */
    private record Fault(String name, Act inflict, Act mend) {}

    /**
     * A fault that was inflicted.
     *
     * @param firstSubject sent after it
     * @param recoveryMillis until that one's result, or a later one's, was read: some four seconds where nothing fails
     */
    private record Inflicted(String fault, int firstSubject, long recoveryMillis) {}

    /** Which modalities a subject has: most all three, some two, some one. */
    private static List<String> modalities(int subject) {
        return subject % 10 == 7
                ? List.of("text")
                : subject % 10 == 4
                        ? List.of("image", "text")
                        : subject % 10 == 1 ? List.of("audio", "text") : MODALITIES;
    }

    private void sendDue() {
        long due = (System.nanoTime() - started) / 1_000_000 * SUBJECTS_A_SECOND / 1000;
        for (; sent < due; sent++) {
            long time = base + sent * 1000L / SUBJECTS_A_SECOND;
            for (String modality : modalities(sent)) {
                // All within the subject's window, and never more than a second behind.
                long at = Math.min(time + modality.length() * 20L, time / WINDOW * WINDOW + WINDOW - 1);
                topics.send(modality, topics.embedded(modality, "s" + sent, modality + "-" + sent, at, sent));
            }
        }
    }

    private void await(String what, CommittedResults.Condition condition) throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.holds()) {
            assertThat(System.nanoTime())
                    .as("waiting for " + what + " after " + sent + " subjects, " + results.count() + " results")
                    .isLessThan(deadline);
            sendDue();
            results.poll();
            replaceEnded();
        }
    }

    private void signal(String signal, ChildProcess process) throws Exception {
        assertThat(new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                        .start()
                        .waitFor())
                .isZero();
    }

    private void killBusyTaskManager() throws IOException {
        away = flink.busyTaskManager();
        flink.process("taskmanager-" + away).kill();
    }

    /** By the logs: at the REST interface the standby answers, too. */
    private int leader() throws IOException {
        for (int i = 0; i < 2; i++) {
            Path log = folder.resolve("flink/jobmanager-" + i + ".log");
            String lines = Files.readString(log);
            if (lines.lastIndexOf("was granted leadership")
                    > Math.max(
                            lines.lastIndexOf("lost leadership"),
                            lines.lastIndexOf("Starting StandaloneSessionClusterEntrypoint"))) {
                return i;
            }
        }
        throw new IOException("neither JobManager's log shows that it leads");
    }

    private List<Fault> faults() {
        int[] gone = new int[1];
        return List.of(
                new Fault("kill -9 of a TaskManager", this::killBusyTaskManager, () -> away = -1),
                new Fault(
                        "kill -9 of the leading JobManager",
                        () -> {
                            gone[0] = leader();
                            flink.process("jobmanager-" + gone[0]).kill();
                        },
                        () -> flink.startJobManager(gone[0])),
                new Fault(
                        "kill -9 of the broker, started again",
                        () -> {
                            broker.kill();
                            broker.restart();
                        },
                        () -> {}),
                new Fault(
                        "kill -9 of registry and TaskManager",
                        () -> {
                            registry.kill();
                            killBusyTaskManager();
                            registry.restart();
                        },
                        () -> away = -1),
                new Fault(
                        "SIGSTOP of a TaskManager past its heartbeat",
                        () -> {
                            gone[0] = flink.busyTaskManager();
                            signal("STOP", flink.process("taskmanager-" + gone[0]));
                        },
                        () -> signal("CONT", flink.process("taskmanager-" + gone[0]))));
    }

    /**
     * A TaskManager that was taken for dead and wakes up is fenced by Kafka, which Flink's sink takes for fatal: sooner
     * or later it ends itself, and whoever runs the cluster starts another.
     */
    private void replaceEnded() throws IOException {
        for (int i = 0; i < 2; i++) {
            if (i != away && !flink.process("taskmanager-" + i).isAlive()) {
                flink.startTaskManager(i);
            }
        }
    }

    private ChildProcess zookeeper(int port) throws IOException {
        ChildProcess process = ChildProcess.java(
                "zookeeper",
                folder,
                List.of("-Xmx64m"),
                FlinkProcesses.CLASS_PATH,
                List.of(
                        "org.apache.flink.shaded.zookeeper3.org.apache.zookeeper.server.ZooKeeperServerMain",
                        Integer.toString(port),
                        Files.createDirectories(folder.resolve("zookeeper")).toString()));
        process.await(
                () -> {
                    try (Socket socket = new Socket()) {
                        socket.connect(new InetSocketAddress("127.0.0.1", port), 200);
                        return true;
                    } catch (IOException e) {
                        return false;
                    }
                },
                Duration.ofSeconds(30));
        return process;
    }

    @Test
    void whatIsCommittedIsWhatTheOracleSaysEachOnce() throws Exception {
        int port = ChildProcess.freePort();
        broker = EmbeddedBroker.start(
                DistributionLayout.stackDistributions().resolve("broker"), folder.resolve("broker"), null);
        registry = EmbeddedRegistry.start(
                DistributionLayout.stackDistributions().resolve("registry"), folder.resolve("registry"));
        try (ChildProcess zookeeper = zookeeper(port);
                EmbeddedBroker closing = broker;
                EmbeddedRegistry closingToo = registry) {
            broker.await();
            registry.await();
            try (FlinkProcesses cluster = new FlinkProcesses(folder.resolve("flink"), 2, 2, "127.0.0.1:" + port);
                    TestTopics own = new TestTopics(broker.bootstrapServers(), registry.url())) {
                flink = cluster;
                topics = own;
                broker.createTopics(2, topics.topic("image"), topics.topic("text"), topics.topic("audio"));
                Path file = folder.resolve("pipeline.yaml");
                // Nothing may be held idle while a process is gone: then every event is within bounds, whatever
                // happens.
                Files.writeString(
                        file,
                        topics.yaml(
                                        "strategy: tumbling, size: " + WINDOW + "ms",
                                        "parallelism: 2, checkpoint_interval: 1s, state_dir: '"
                                                + folder.resolve("state") + "'")
                                .replace("idle_timeout: 2s", "idle_timeout: 30m"));
                Process submission = flink.cli(
                        folder.resolve("submission.log"),
                        List.of("run", "-d", DistributionLayout.jobJar().toString(), "-c", file.toString()));
                assertThat(submission.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                        .isTrue();
                assertThat(submission.exitValue())
                        .as(Files.readString(folder.resolve("submission.log")))
                        .isZero();
                try (CommittedResults reading =
                        new CommittedResults(topics, registry.url(), broker.clientProperties())) {
                    results = reading;
                    List<Inflicted> inflicted = stream();
                    report(inflicted);
                }
            }
        }
    }

    private List<Inflicted> stream() throws Exception {
        await("the first results", () -> results.count() > 0);
        List<Inflicted> inflicted = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            for (Fault fault : faults()) {
                int before = results.count();
                await("results between faults", () -> results.count() > before + 3 * SUBJECTS_A_SECOND);
                int subject = sent;
                long at = System.currentTimeMillis();
                fault.inflict().run();
                await("the result of a subject sent after " + fault.name(), () -> results.highest() >= subject);
                inflicted.add(new Inflicted(fault.name(), subject, System.currentTimeMillis() - at));
                System.err.printf(
                        Locale.ROOT,
                        "faults: %s: results again after %.1f s%n",
                        fault.name(),
                        (System.currentTimeMillis() - at) / 1e3);
                fault.mend().run();
                await("the cluster to be whole", () -> flink.hasTaskManagers(2));
            }
        }
        await("enough subjects", () -> sent >= SUBJECTS);
        int last = sent;
        for (String modality : MODALITIES) {
            for (int i = 0; i < 40; i++) {
                topics.send(
                        modality,
                        topics.embedded(
                                modality,
                                "closer-" + i,
                                "closer",
                                base + last * 1000L / SUBJECTS_A_SECOND + 1_000_000,
                                1));
            }
        }
        topics.flush();
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (results.count() < last && System.nanoTime() < deadline) {
            results.poll();
        }
        sent = last;
        return inflicted;
    }

    /** The oracle: what must stand, by id, from what was sent alone; the id as the contract has it. */
    private Map<String, String> expected() {
        Map<String, String> expected = new HashMap<>();
        for (int subject = 0; subject < sent; subject++) {
            List<String> modalities = modalities(subject).stream().sorted().toList();
            long start = (base + subject * 1000L / SUBJECTS_A_SECOND) / WINDOW * WINDOW;
            String operator = modalities.size() < 2 ? "" : "sentiment";
            String id = PackedModel.sha256(String.join(
                            "\0",
                            topics.prefix + "pipeline",
                            operator,
                            "tumbling:" + WINDOW,
                            "s" + subject,
                            Long.toString(start),
                            "")
                    .getBytes(StandardCharsets.UTF_8));
            int number = subject;
            expected.put(
                    id,
                    "s" + subject + " FINAL 0 "
                            + modalities.stream()
                                    .map(modality -> modality + "-" + number)
                                    .toList());
        }
        return expected;
    }

    private void report(List<Inflicted> inflicted) {
        Map<String, String> expected = expected();
        Map<Integer, String> wrong = new TreeMap<>();
        Map<Integer, Integer> lost = new TreeMap<>();
        Map<Integer, Integer> doubled = new TreeMap<>();
        expected.forEach((id, record) -> {
            List<String> records = results.byId.getOrDefault(id, List.of());
            int subject = Integer.parseInt(record.substring(1, record.indexOf(' ')));
            if (records.isEmpty()) {
                lost.merge(subject, 1, Integer::sum);
            } else if (records.size() > 1) {
                doubled.merge(subject, records.size() - 1, Integer::sum);
            }
            if (!records.equals(List.of(record))) {
                wrong.put(subject, record + " expected, but " + records);
            }
        });
        List<String> foreign = results.byId.entrySet().stream()
                .filter(entry -> !expected.containsKey(entry.getKey()))
                .map(entry -> entry.getValue().toString())
                .toList();
        StringBuilder table = new StringBuilder(
                String.format(Locale.ROOT, "faults: %d subjects, %d results%n", sent, results.count()));
        Map<String, List<Inflicted>> byFault = inflicted.stream()
                .collect(Collectors.groupingBy(Inflicted::fault, LinkedHashMap::new, Collectors.toList()));
        byFault.forEach((fault, all) -> table.append(String.format(
                Locale.ROOT,
                "  %-45s times %d, lost %d, doubled %d, recovery %s s%n",
                fault,
                all.size(),
                within(all, inflicted, lost),
                within(all, inflicted, doubled),
                all.stream()
                        .map(one -> String.format(Locale.ROOT, "%.1f", one.recoveryMillis() / 1e3))
                        .toList())));
        System.err.print(table);
        assertThat(wrong).as(table.toString()).isEmpty();
        assertThat(foreign).as("unexpected results").isEmpty();
        assertThat(results.late).as("late events").isZero();
        assertThat(results.deadLetters).as("dead letters").isZero();
    }

    /** Of subjects that were sent between such a fault and the next. */
    private static int within(Collection<Inflicted> such, List<Inflicted> all, Map<Integer, Integer> subjects) {
        int sum = 0;
        for (Inflicted one : such) {
            int next = all.indexOf(one) + 1 < all.size()
                    ? all.get(all.indexOf(one) + 1).firstSubject()
                    : Integer.MAX_VALUE;
            sum += subjects.entrySet().stream()
                    .filter(entry -> entry.getKey() >= one.firstSubject() && entry.getKey() < next)
                    .mapToInt(Map.Entry::getValue)
                    .sum();
        }
        return sum;
    }
}
