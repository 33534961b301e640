// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static io.sensorium.integration.CommandProcess.PATIENCE;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sensorium.quickstart.layout.DistributionLayout;
import io.sensorium.quickstart.layout.OpenedPackages;
import io.sensorium.quickstart.stack.ChildProcess;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A session cluster whose JobManagers and TaskManagers are processes of their own, from Flink's jars alone. */
final class FlinkProcesses implements AutoCloseable {

    /** Flink's own jars. */
    static final String CLASS_PATH = DistributionLayout.root().resolve("integration-tests/cluster/target/flink") + "/*";

    private static final Duration START_TIMEOUT = PATIENCE;

    /** Address of the first JobManager's REST API. */
    final String jobManager;

    private final Map<String, ChildProcess> processes = new LinkedHashMap<>();
    private final Map<String, Integer> reporters = new LinkedHashMap<>();
    private final List<String> restAddresses = new ArrayList<>();
    private final Path folder;
    private final List<String> jobArguments;
    private int starts;
    private final HttpClient http = HttpClient.newHttpClient();

    /**
     * Starts a JobManager and TaskManagers of two slots each.
     *
     * @param folder for configuration and logs
     */
    FlinkProcesses(Path folder, int taskManagers) throws IOException {
        this(folder, 1, taskManagers, "");
    }

    /**
     * Starts JobManagers, of which one leads, and TaskManagers of two slots each.
     *
     * @param zookeeper HOST:PORT of who elects, and keeps what jobs there are; empty for a single JobManager
     */
    FlinkProcesses(Path folder, int jobManagers, int taskManagers, String zookeeper) throws IOException {
        this(folder, jobManagers, taskManagers, zookeeper, List.of());
    }

    /**
     * A cluster for one job, as {@code standalone-job} in Flink's image starts it.
     *
     * @param jobArguments the job's id, its main class and its arguments
     */
    static FlinkProcesses application(Path folder, int taskManagers, List<String> jobArguments) throws IOException {
        return new FlinkProcesses(folder, 1, taskManagers, "", jobArguments);
    }

    private FlinkProcesses(Path folder, int jobManagers, int taskManagers, String zookeeper, List<String> jobArguments)
            throws IOException {
        this.folder = folder;
        this.jobArguments = jobArguments;
        for (int i = 0; i < jobManagers; i++) {
            restAddresses.add("127.0.0.1:" + ChildProcess.freePort());
        }
        jobManager = restAddresses.get(0);
        Files.createDirectories(folder.resolve("conf"));
        Files.writeString(
                folder.resolve("conf/config.yaml"),
                """
                jobmanager.rpc.address: 127.0.0.1
                jobmanager.rpc.port: %d
                jobmanager.bind-host: 127.0.0.1
                jobmanager.memory.process.size: 1024m
                rest.address: 127.0.0.1
                rest.port: %s
                rest.bind-address: 127.0.0.1
                blob.server.port: 0
                taskmanager.host: 127.0.0.1
                taskmanager.bind-host: 127.0.0.1
                taskmanager.numberOfTaskSlots: 2
                taskmanager.load-balance.mode: SLOTS
                taskmanager.memory.process.size: 2048m
                taskmanager.memory.network.min: 64m
                taskmanager.memory.network.max: 64m
                taskmanager.memory.managed.size: 64m
                taskmanager.memory.task.off-heap.size: 512m
                metrics.reporters: prom
                metrics.reporter.prom.factory.class: org.apache.flink.metrics.prometheus.PrometheusReporterFactory
                io.tmp.dirs: %s
                """.formatted(
                                ChildProcess.freePort(),
                                jobManager.replaceAll(".*:", ""),
                                Files.createDirectories(folder.resolve("tmp")).toAbsolutePath())
                        + (zookeeper.isEmpty()
                                ? ""
                                : """
                high-availability.type: zookeeper
                high-availability.zookeeper.quorum: %s
                high-availability.storageDir: %s
                high-availability.zookeeper.client.session-timeout: 6s
                heartbeat.interval: 1s
                heartbeat.timeout: 6s
                """.formatted(zookeeper, folder.resolve("ha").toUri())));
        Files.writeString(folder.resolve("conf/log4j.properties"), """
                rootLogger.level=info
                rootLogger.appenderRef.c.ref=C
                appender.c.type=Console
                appender.c.name=C
                appender.c.layout.type=PatternLayout
                appender.c.layout.pattern=%d %p %c - %m%n
                logger.kafka.name=org.apache.kafka
                logger.kafka.level=warn
                """);
        try {
            for (int i = 0; i < jobManagers; i++) {
                startJobManager(i);
            }
            for (int i = 0; i < taskManagers; i++) {
                startTaskManager(i);
            }
            processes.get("jobmanager-0").await(() -> hasTaskManagers(taskManagers), START_TIMEOUT);
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    /** A folder with the entry point alone: in an image nothing of the tests is on Flink's class path. */
    private Path entryPointClasses() throws IOException {
        String name = ApplicationJobManager.class.getName().replace('.', '/') + ".class";
        Path file = folder.resolve("entry-point").resolve(name);
        Files.createDirectories(file.getParent());
        Files.copy(
                DistributionLayout.root()
                        .resolve("integration-tests/target/test-classes")
                        .resolve(name),
                file,
                StandardCopyOption.REPLACE_EXISTING);
        return folder.resolve("entry-point");
    }

    /** Starts a JobManager where none of that number runs. */
    void startJobManager(int number) throws IOException {
        if (!jobArguments.isEmpty()) {
            List<String> command = new ArrayList<>(List.of(
                    ApplicationJobManager.class.getName(),
                    folder.resolve("conf").toAbsolutePath().toString(),
                    DistributionLayout.jobJar().toString()));
            command.addAll(jobArguments);
            processes.put(
                    "jobmanager-0",
                    ChildProcess.java(
                            "jobmanager-0",
                            folder,
                            jvm("-Xmx1g"),
                            CLASS_PATH + File.pathSeparator + entryPointClasses(),
                            command));
            return;
        }
        List<String> settings = new ArrayList<>(
                List.of("-D", "rest.port=" + restAddresses.get(number).replaceAll(".*:", "")));
        if (restAddresses.size() > 1) {
            // Where there are several, TaskManagers learn of the leader's port; a single one is where the configuration
            // says.
            settings.addAll(List.of("-D", "jobmanager.rpc.port=" + ChildProcess.freePort()));
        }
        start(
                "jobmanager-" + number,
                "-Xmx512m",
                "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint",
                settings);
    }

    /** Starts a TaskManager where none of that number runs. */
    void startTaskManager(int number) throws IOException {
        // What Flink's shell scripts work out of the process size.
        start(
                "taskmanager-" + number,
                "-Xmx768m",
                "org.apache.flink.runtime.taskexecutor.TaskManagerRunner",
                List.of(
                        "-D",
                        "taskmanager.cpu.cores=2.0",
                        "-D",
                        "taskmanager.memory.task.heap.size=512m",
                        "-D",
                        "taskmanager.memory.framework.heap.size=128m",
                        "-D",
                        "taskmanager.memory.framework.off-heap.size=128m",
                        "-D",
                        "taskmanager.memory.jvm-metaspace.size=256m",
                        "-D",
                        "taskmanager.memory.jvm-overhead.min=192m",
                        "-D",
                        "taskmanager.memory.jvm-overhead.max=192m",
                        "-D",
                        "taskmanager.resource-id=taskmanager-" + number + "-" + ++starts));
    }

    private void start(String name, String heap, String main, List<String> settings) throws IOException {
        int reporter = ChildProcess.freePort();
        reporters.put(name, reporter);
        List<String> command = new ArrayList<>(List.of(
                main,
                "--configDir",
                folder.resolve("conf").toAbsolutePath().toString(),
                "-D",
                "metrics.reporter.prom.port=" + reporter));
        command.addAll(settings);
        processes.put(name, ChildProcess.java(name, folder, jvm(heap), CLASS_PATH, command));
    }

    private List<String> jvm(String heap) {
        List<String> options = new ArrayList<>(List.of(
                heap,
                CommandProcess.SHORT_LIVED,
                "-XX:+UseG1GC",
                "-DOPT_OUT_TRACKING=true",
                "-Dai.djl.offline=true",
                "-Dlog4j2.configurationFile=" + folder.resolve("conf/log4j.properties")));
        options.addAll(OpenedPackages.options());
        return options;
    }

    /** Number of a TaskManager that has tasks. */
    int busyTaskManager() throws IOException {
        for (JsonNode one : new ObjectMapper().readTree(get("/taskmanagers")).get("taskmanagers")) {
            if (one.get("freeSlots").asInt() < one.get("slotsNumber").asInt()) {
                return Integer.parseInt(one.get("id").asText().split("-")[1]);
            }
        }
        throw new IOException("no TaskManager has tasks");
    }

    /** A process by its name, {@code jobmanager-0} or {@code taskmanager-1}. */
    ChildProcess process(String name) {
        return processes.get(name);
    }

    /**
     * Flink's own command line, started: {@code run} and the like.
     *
     * @param log its output
     */
    Process cli(Path log, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(OpenedPackages.options());
        command.addAll(List.of(
                "-Xmx1g", CommandProcess.SHORT_LIVED, "-cp", CLASS_PATH, "org.apache.flink.client.cli.CliFrontend"));
        command.addAll(arguments);
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().put("FLINK_CONF_DIR", folder.resolve("conf").toString());
        return builder.start();
    }

    /** Whether so many TaskManagers are registered; no, where no JobManager answers in time. */
    boolean hasTaskManagers(int number) {
        try {
            return get("/overview").contains("\"taskmanagers\":" + number);
        } catch (IOException e) {
            return false;
        }
    }

    /** The Prometheus metrics of all processes. */
    String metrics() throws IOException {
        StringBuilder all = new StringBuilder();
        for (int reporter : reporters.values()) {
            all.append(get("127.0.0.1:" + reporter, "/metrics"));
        }
        return all.toString();
    }

    /** An answer of a JobManager's REST API; standbys forward to the leader. */
    String get(String path) throws IOException {
        IOException last = null;
        for (String address : restAddresses) {
            try {
                return get(address, path);
            } catch (IOException e) {
                last = e;
            }
        }
        throw last;
    }

    private String get(String address, String path) throws IOException {
        try {
            return http.send(
                            HttpRequest.newBuilder(URI.create("http://" + address + path))
                                    .timeout(Duration.ofSeconds(5))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    @Override
    public void close() {
        processes.values().forEach(ChildProcess::close);
    }
}
