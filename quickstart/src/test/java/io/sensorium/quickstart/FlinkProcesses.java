package io.sensorium.quickstart;

import io.sensorium.quickstart.stack.ChildProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A session cluster whose JobManager and TaskManagers are processes of their own, from Flink's jars alone. */
final class FlinkProcesses implements AutoCloseable {

    private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
    private static final List<String> OPENS = List.of("lang", "util", "util.concurrent", "net", "nio", "time");

    final String jobManager;
    private final List<ChildProcess> processes = new ArrayList<>();
    private final List<Integer> reporters = new ArrayList<>();
    private final Path folder;
    private final HttpClient http = HttpClient.newHttpClient();

    /** Starts a JobManager and TaskManagers of two slots each. @param folder for configuration and logs */
    FlinkProcesses(Path folder, int taskManagers) throws IOException {
        this.folder = folder;
        int rest = ChildProcess.freePort();
        jobManager = "127.0.0.1:" + rest;
        Files.createDirectories(folder.resolve("conf"));
        Files.writeString(folder.resolve("conf/config.yaml"), """
                jobmanager.rpc.address: 127.0.0.1
                jobmanager.rpc.port: %d
                jobmanager.bind-host: 127.0.0.1
                jobmanager.memory.process.size: 1024m
                rest.address: 127.0.0.1
                rest.port: %d
                rest.bind-address: 127.0.0.1
                blob.server.port: 0
                taskmanager.host: 127.0.0.1
                taskmanager.bind-host: 127.0.0.1
                taskmanager.numberOfTaskSlots: 2
                taskmanager.memory.process.size: 2048m
                taskmanager.memory.network.min: 64m
                taskmanager.memory.network.max: 64m
                taskmanager.memory.managed.size: 64m
                taskmanager.memory.task.off-heap.size: 512m
                metrics.reporters: prom
                metrics.reporter.prom.factory.class: org.apache.flink.metrics.prometheus.PrometheusReporterFactory
                io.tmp.dirs: %s
                """.formatted(ChildProcess.freePort(), rest, Files.createDirectories(folder.resolve("tmp")).toAbsolutePath()));
        try {
            start("jobmanager", "-Xmx512m", "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint");
            for (int i = 0; i < taskManagers; i++) {
                start("taskmanager-" + i, "-Xmx768m", "org.apache.flink.runtime.taskexecutor.TaskManagerRunner");
            }
            processes.get(0).await(() -> overview().contains("\"taskmanagers\":" + taskManagers), START_TIMEOUT);
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    private void start(String name, String heap, String main) throws IOException {
        List<String> options = new ArrayList<>(List.of(heap, "-XX:+UseG1GC", "-DOPT_OUT_TRACKING=true", "-Dai.djl.offline=true"));
        OPENS.forEach(opened -> options.add("--add-opens=java.base/java." + opened + "=ALL-UNNAMED"));
        int reporter = ChildProcess.freePort();
        reporters.add(reporter);
        List<String> command = new ArrayList<>(List.of(main, "--configDir", folder.resolve("conf").toAbsolutePath().toString(), "-D", "metrics.reporter.prom.port=" + reporter));
        if (name.startsWith("taskmanager")) {
            // What Flink's shell scripts work out of the process size.
            command.addAll(List.of("-D", "taskmanager.cpu.cores=2.0", "-D", "taskmanager.memory.task.heap.size=512m", "-D", "taskmanager.memory.framework.heap.size=128m",
                    "-D", "taskmanager.memory.framework.off-heap.size=128m", "-D", "taskmanager.memory.jvm-metaspace.size=256m", "-D", "taskmanager.memory.jvm-overhead.min=192m",
                    "-D", "taskmanager.memory.jvm-overhead.max=192m", "-D", "taskmanager.resource-id=" + name));
        }
        processes.add(ChildProcess.java(name, folder, options, Installation.flinkDistribution() + "/*", command));
    }

    private String overview() {
        try {
            return get("/overview");
        } catch (IOException e) {
            return "";
        }
    }

    /** What all processes tell Prometheus. */
    String metrics() throws IOException {
        StringBuilder all = new StringBuilder();
        for (int reporter : reporters) {
            all.append(ask("127.0.0.1:" + reporter, "/metrics"));
        }
        return all.toString();
    }

    /** An answer of the JobManager's REST API. */
    String get(String path) throws IOException {
        return ask(jobManager, path);
    }

    private String ask(String address, String path) throws IOException {
        try {
            return http.send(HttpRequest.newBuilder(URI.create("http://" + address + path)).timeout(Duration.ofSeconds(5)).build(), HttpResponse.BodyHandlers.ofString()).body();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    @Override
    public void close() {
        processes.forEach(ChildProcess::close);
    }
}
