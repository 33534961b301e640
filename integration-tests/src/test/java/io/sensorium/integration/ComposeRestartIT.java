// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static io.sensorium.integration.CommandProcess.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.sensorium.quickstart.layout.DistributionLayout;
import io.sensorium.results.SentimentResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * The job as docker-compose.yml starts it, without high availability: its containers, here processes, are killed and
 * started again.
 */
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class ComposeRestartIT {

    private static final long T = 1_700_000_000_000L;

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path folder;

    /** The job's id, main class and arguments as the compose file has them, with this test's pipeline file. */
    private static List<String> jobArguments(Path file) throws Exception {
        List<String> arguments = new ArrayList<>();
        new YAMLMapper()
                .readTree(
                        DistributionLayout.root().resolve("docker-compose.yml").toFile())
                .at("/services/jobmanager/command")
                .forEach(argument -> arguments.add(argument.asText()));
        assertThat(List.of(arguments.get(0), arguments.get(1), arguments.get(3)))
                .containsExactly("standalone-job", "--job-id", "--job-classname");
        return arguments.stream()
                .skip(2)
                .filter(argument -> !argument.equals("--job-classname"))
                .map(argument -> argument.endsWith(".yaml") ? file.toString() : argument)
                .toList();
    }

    private static List<String> subjects(TestTopics topics) throws Exception {
        return topics.read("results.sentiment", new SentimentResult()).stream()
                .map(SentimentResult::getSubjectId)
                .sorted()
                .toList();
    }

    private static void awaitSubject(TestTopics topics, FlinkProcesses cluster, String subject) throws Exception {
        cluster.process("jobmanager-0")
                .await(
                        () -> {
                            try {
                                return subjects(topics).contains(subject);
                            } catch (Exception e) {
                                throw new IllegalStateException(e);
                            }
                        },
                        PATIENCE);
    }

    private static void send(TestTopics topics, String subject, long time) throws Exception {
        topics.send("text", topics.event("text", subject, "t", time, "What a wonderful morning at the beach!"));
        topics.send(
                "text",
                topics.event("text", subject + "-clock", "t", time + 15_000, "This event moves the watermark on."));
        topics.flush();
    }

    @Test
    void killedContainersGoOnWhereTheyWereAndNothingIsWrittenTwice() throws Exception {
        assumeTrue(
                Files.exists(DistributionLayout.jobJar()),
                "skipped: there is no " + DistributionLayout.jobJar()
                        + "; mvn -pl processors/job-jar -am package makes it");
        try (TestTopics topics = new TestTopics(SharedStack.get(), 1)) {
            Path file = folder.resolve("pipeline.yaml");
            Files.writeString(
                    file,
                    topics.yaml(
                            "strategy: tumbling, size: 10s, min_modalities: 1",
                            "parallelism: 1, checkpoint_interval: 1s, state_dir: \"" + folder.resolve("state") + "\""));
            try (FlinkProcesses cluster = FlinkProcesses.application(folder.resolve("flink"), 1, jobArguments(file))) {
                send(topics, "first", T);
                awaitSubject(topics, cluster, "first");

                cluster.process("jobmanager-0").kill();
                cluster.startJobManager(0);
                send(topics, "second", T + 100_000);
                awaitSubject(topics, cluster, "second");

                cluster.process("taskmanager-0").kill();
                cluster.startTaskManager(0);
                send(topics, "third", T + 200_000);
                awaitSubject(topics, cluster, "third");
                assertThat(subjects(topics))
                        .as("each once")
                        .doesNotHaveDuplicates()
                        .contains("first", "first-clock", "second", "second-clock", "third");
            }
        }
    }
}
