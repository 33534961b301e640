// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static io.sensorium.integration.CommandProcess.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sensorium.job.config.PipelineFile;
import io.sensorium.job.run.PipelineCheck;
import io.sensorium.results.SentimentResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Results that the broker did not keep, a second copy of a pipeline, and bounded runs that were killed; all on a real
 * broker, {@code run} as a process.
 */
class ExactlyOnceIT {

    private static final long T = 1_700_000_000_000L;
    private static final String TUMBLING = "strategy: tumbling, size: 10s";

    @TempDir
    Path folder;

    private final List<Process> processes = new ArrayList<>();

    @AfterEach
    void endProcesses() {
        processes.forEach(Process::destroyForcibly);
    }

    private Process run(String... arguments) throws IOException {
        Process process = CommandProcess.start(folder, arguments);
        processes.add(process);
        return process;
    }

    private String log() {
        try {
            return Files.readString(folder.resolve("err.log"));
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static void send(TestTopics topics, int part, int subjects) {
        for (int s = 0; s < subjects; s++) {
            for (String modality : List.of("image", "text", "audio")) {
                topics.send(
                        modality,
                        topics.embedded(
                                modality,
                                "s" + s,
                                "p" + part + "-" + s + "-" + modality,
                                T + part * 60_000L + s,
                                part * 1000L + s));
            }
        }
        topics.flush();
    }

    private static Map<String, Integer> counts(TestTopics topics) {
        try {
            Map<String, Integer> counts = new TreeMap<>();
            topics.read("results.sentiment", new SentimentResult())
                    .forEach(result -> counts.merge(
                            result.getSubjectId() + "@"
                                    + result.getWindowStart().toEpochMilli(),
                            1,
                            Integer::sum));
            return counts;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<String> openTransactions(String prefix) {
        try (Admin admin = Admin.create(
                Map.<String, Object>of("bootstrap.servers", SharedStack.get().bootstrapServers()))) {
            return admin
                    .listTransactions(new ListTransactionsOptions().filterStates(List.of(TransactionState.ONGOING)))
                    .all()
                    .get(10, TimeUnit.SECONDS)
                    .stream()
                    .map(TransactionListing::transactionalId)
                    .filter(id -> id.startsWith(prefix))
                    .toList();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Aborts a transaction as the broker does when its time is over: its producer is fenced, its records are never
     * visible.
     */
    private static void abort(String transactionalId) throws Exception {
        try (KafkaProducer<byte[], byte[]> other = new KafkaProducer<>(
                Map.of("bootstrap.servers", SharedStack.get().bootstrapServers(), "transactional.id", transactionalId),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            other.initTransactions();
        }
    }

    @Test
    void resultsOfACheckpointWhoseTransactionTheBrokerAbortedAreWrittenAgain() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 1)) {
            Path file = folder.resolve("pipeline.yaml");
            Files.writeString(
                    file,
                    topics.yaml(
                            TUMBLING,
                            "parallelism: 1, checkpoint_interval: 3s, state_dir: " + folder.resolve("state")));
            Process process = run("run", "-c", file.toString());
            send(topics, 0, 10);
            String prefix = "sensorium-" + topics.prefix + "pipeline-";
            int part = 0;
            // Where the transaction was committed just before it could be aborted, the next part is tried.
            while (!log().contains("restarting from the one before") && part < 6) {
                part++;
                send(topics, part, 10);
                int written = part * 10;
                await("results that are not committed")
                        .atMost(PATIENCE)
                        .until(() -> topics.written("results.sentiment") > written
                                        && !openTransactions(prefix).isEmpty()
                                || counts(topics).size() >= written);
                for (String open : openTransactions(prefix)) {
                    abort(open);
                }
                await("part " + part + "'s results")
                        .atMost(PATIENCE)
                        .until(() -> counts(topics).size() >= written);
            }
            int windows = part * 10;
            assertThat(log()).contains("the broker aborted 1 transaction(s)", "restarting from the one before");
            assertThat(counts(topics))
                    .hasSize(windows)
                    .allSatisfy((window, times) -> assertThat(times).as(window).isEqualTo(1));
            assertThat(process.isAlive()).as(log()).isTrue();
            process.destroy();
            assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).as(log()).isZero();
        }
    }

    @Test
    void aTransactionTimeoutAboveTheBrokersMaximumIsRefusedWithTheBrokersFigure() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 1)) {
            String yaml = topics.yaml(TUMBLING, "parallelism: 1")
                    .replace("kafka: {", "kafka: {properties: {transaction.timeout.ms: 1000000}, ");
            List<String> problems =
                    PipelineCheck.of(PipelineFile.parse("p", yaml)).problems();
            assertThat(problems)
                    .singleElement()
                    .satisfies(text -> assertThat(text).contains("1000000 ms", "at most 900000 ms"));
        }
    }

    @Test
    void aSecondCopyOfARunningPipelineIsRefusedWhereverItsStateLies() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 1)) {
            Path file = folder.resolve("pipeline.yaml");
            Files.writeString(
                    file,
                    topics.yaml(
                            TUMBLING,
                            "parallelism: 1, checkpoint_interval: 500ms, state_dir: " + folder.resolve("state")));
            Path elsewhere = folder.resolve("elsewhere.yaml");
            Files.writeString(
                    elsewhere,
                    topics.yaml(
                            TUMBLING,
                            "parallelism: 1, checkpoint_interval: 500ms, state_dir: " + folder.resolve("other-state")));
            Process first = run("run", "-c", file.toString());
            send(topics, 0, 5);
            send(topics, 1, 1);
            await("the first copy's results")
                    .atMost(PATIENCE)
                    .until(() -> counts(topics).size() >= 5);

            CommandResult sameState = CommandResult.to("run", "-c", file.toString(), "--fresh");
            assertThat(sameState.code()).as(sameState.err()).isEqualTo(2);
            assertThat(sameState.err()).contains("runtime.state_dir", "is in use by process " + first.pid());
            CommandResult otherState = CommandResult.to("run", "-c", elsewhere.toString());
            assertThat(otherState.code()).as(otherState.err()).isEqualTo(2);
            assertThat(otherState.err())
                    .contains("this pipeline already runs", "sensorium-" + topics.prefix + "pipeline-running");
            assertThat(folder.resolve("other-state"))
                    .as("what was refused leaves nothing behind")
                    .doesNotExist();

            // One that was killed keeps no later one from starting, wherever its state is.
            first.destroyForcibly().waitFor();
            Process next = run("run", "-c", elsewhere.toString());
            await("the copy from elsewhere")
                    .atMost(PATIENCE)
                    .until(() -> counts(topics).values().stream().anyMatch(times -> times == 2) || !next.isAlive());
            assertThat(next.isAlive()).as(log()).isTrue();
        }
    }

    @Test
    void aKilledBoundedRunHoldsUpNoReaderOnceTheNextHasStarted() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 1)) {
            Path file = folder.resolve("pipeline.yaml");
            Files.writeString(file, topics.yaml(TUMBLING, "parallelism: 1, checkpoint_interval: 15s"));
            send(topics, 0, 20);
            send(topics, 1, 1);
            // Texts to encode, so that results are written long before the run ends.
            for (int i = 0; i < 300; i++) {
                topics.send(
                        "text",
                        topics.event(
                                "text", "long", "long-" + i, T + 120_000 + i, "A text of some words, number " + i));
            }
            topics.flush();
            String prefix = "sensorium-" + topics.prefix + "pipeline-bounded";
            Process killed = run("run", "-c", file.toString(), "--bounded");
            await("an open transaction")
                    .atMost(PATIENCE)
                    .until(() -> !openTransactions(prefix).isEmpty() || !killed.isAlive());
            killed.destroyForcibly().waitFor();
            topics.runBounded(PipelineFile.read(file));
            assertThat(openTransactions(prefix)).isEmpty();
            assertThat(counts(topics)).hasSizeGreaterThanOrEqualTo(20);
        }
    }
}
