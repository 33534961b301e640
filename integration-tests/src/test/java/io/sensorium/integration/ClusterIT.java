// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static io.sensorium.integration.CommandProcess.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sensorium.quickstart.SensoriumCommand;
import io.sensorium.quickstart.layout.DistributionLayout;
import io.sensorium.results.SentimentResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * The job on a Flink cluster of processes of its own: submitted, stopped with a savepoint, gone on with, and by
 * {@code flink run}.
 */
class ClusterIT {

    private static final long T = 1_700_000_000_000L;

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path folder;

    private void await(String what, Process process, Callable<Boolean> condition) throws Exception {
        CommandProcess.await(what, process, PATIENCE, folder, condition);
    }

    private String errors() throws Exception {
        Path log = folder.resolve("err.log");
        return Files.exists(log) ? Files.readString(log) : "";
    }

    private static void send(TestTopics topics, String subject, long time) throws Exception {
        topics.send("text", topics.event("text", subject, "t", time, "What a wonderful morning at the beach!"));
        topics.send("image", topics.event("image", subject, "i", time + 1, TestTopics.sample("beach.jpg")));
        topics.send("audio", topics.event("audio", subject, "a", time + 2, TestTopics.sample("beach.wav")));
        topics.flush();
    }

    private static List<String> subjects(TestTopics topics) throws Exception {
        return topics.read("results.sentiment", new SentimentResult()).stream()
                .map(SentimentResult::getSubjectId)
                .sorted()
                .toList();
    }

    /** Metrics by a pattern in the dashboard and the alerts. */
    private static Set<String> named(String pattern) throws Exception {
        Set<String> names = new TreeSet<>();
        for (String file : List.of("deploy/grafana/dashboards/sensorium.json", "deploy/prometheus/alerts.yml")) {
            Matcher matcher = Pattern.compile("\\b" + pattern)
                    .matcher(Files.readString(DistributionLayout.root().resolve(file)));
            while (matcher.find()) {
                names.add(matcher.group());
            }
        }
        return names;
    }

    private static Set<String> exported(String metrics) {
        return metrics.lines()
                .filter(line -> !line.startsWith("#") && !line.isBlank())
                .map(line -> line.split("[{ ]")[0])
                .collect(Collectors.toSet());
    }

    @Test
    void runsElsewhereAndGoesOnFromItsSavepoint() throws Exception {
        assumeTrue(
                Files.exists(DistributionLayout.jobJar()),
                "skipped: there is no " + DistributionLayout.jobJar()
                        + "; mvn -pl processors/job-jar -am package makes it");
        try (TestTopics topics = new TestTopics(SharedStack.get(), 2);
                FlinkProcesses cluster = new FlinkProcesses(folder.resolve("flink"), 1)) {
            Path file = folder.resolve("pipeline.yaml");
            Files.writeString(
                    file,
                    topics.yaml(
                                    "strategy: tumbling, size: 10s",
                                    "parallelism: 2, checkpoint_interval: 1s, state_dir: \"" + folder.resolve("state")
                                            + "\"")
                            // Read by a mapping, which has metrics of its own.
                            .replace("encoder: text-bge-small-en,", """
                                    encoder: text-bge-small-en, event: {event_id: $.event_id, \
                                    subject_id: $.subject_id, event_time: $.event_time, \
                                    payload: {from: $.payload.vector, as: embedding, model: $.payload.model}, \
                                    attributes: {group: $.attributes.group, language: header.language}},"""));
            send(topics, "first", T);
            // Not yet over when the job stops: the savepoint has it.
            send(topics, "open", T + 20_000);
            String[] command = {"run", "-c", file.toString(), "--target", "remote", "--jobmanager", cluster.jobManager};
            Process run = CommandProcess.start(folder, command);
            await("the first result", run, () -> subjects(topics).equals(List.of("first")));
            // Of what panels and alerts name, the job has every metric, by the names that Flink's reporter gives them.
            Set<String> wanted = named("flink_[A-Za-z0-9_]+");
            assertThat(wanted).hasSizeGreaterThan(40);
            await(
                    "every metric that panels and alerts name",
                    run,
                    () -> exported(cluster.metrics()).containsAll(wanted));
            run.destroy();
            assertThat(run.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
            assertThat(run.exitValue()).as(errors()).isZero();
            try (Stream<Path> savepoints = Files.list(folder.resolve("state/savepoints"))) {
                assertThat(savepoints).hasSize(1);
            }
            // The same TaskManager, another class loader: native libraries are loaded once more.
            run = CommandProcess.start(folder, command);
            send(topics, "later", T + 60_000);
            await("the window that was open", run, () -> subjects(topics).contains("open"));
            assertThat(errors()).contains("resuming from");
            run.destroy();
            assertThat(run.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
            assertThat(run.exitValue()).as(errors()).isZero();
            assertThat(subjects(topics)).as("each once").doesNotHaveDuplicates();

            // By Flink's own command line, bounded: everything once more under the same ids.
            int before = subjects(topics).size();
            Process cli = cluster.cli(
                    folder.resolve("flink-run.log"),
                    List.of(
                            "run",
                            "-m",
                            cluster.jobManager,
                            DistributionLayout.jobJar().toString(),
                            "-c",
                            file.toString(),
                            "--bounded"));
            assertThat(cli.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
            assertThat(cli.exitValue())
                    .as(Files.readString(folder.resolve("flink-run.log")))
                    .isZero();
            assertThat(subjects(topics)).hasSize(before + 3);
        }
    }

    @Test
    void saysWhatACallLacks() {
        assertThat(SensoriumCommand.commandLine().execute("run", "-c", "x.yaml", "--target", "remote"))
                .isEqualTo(2);
        assertThat(SensoriumCommand.commandLine().execute("run", "-c", "x.yaml", "--jobmanager", "localhost:8081"))
                .isEqualTo(2);
        assertThat(SensoriumCommand.commandLine()
                        .execute(
                                "run",
                                "-c",
                                "x.yaml",
                                "--target",
                                "remote",
                                "--jobmanager",
                                "localhost:8081",
                                "--job-jar",
                                "nowhere.jar"))
                .isEqualTo(2);
    }
}
