// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.config.PipelineFile;
import io.sensorium.quickstart.stack.EmbeddedStack;
import io.sensorium.results.IncompleteWindow;
import io.sensorium.results.SentimentResult;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;
import org.junit.jupiter.api.Test;

/** Result topics as tables of Flink SQL with its {@code avro-confluent} format, as the pages on consumers show them. */
class SqlIT {

    private static final long T = 1_700_000_000_000L;

    private static void send(TestTopics topics) {
        for (int i = 0; i < 10; i++) {
            topics.send("text", topics.embedded("text", "s" + i, "t" + i, T, i));
            if (i < 7) {
                topics.send("image", topics.embedded("image", "s" + i, "i" + i, T + 1000, i));
            }
        }
        topics.flush();
    }

    private static List<Row> select(String query, String... tables) throws Exception {
        StreamTableEnvironment sql =
                StreamTableEnvironment.create(StreamExecutionEnvironment.createLocalEnvironment(1));
        for (String table : tables) {
            sql.executeSql(table);
        }
        List<Row> rows = new ArrayList<>();
        try (CloseableIterator<Row> result = sql.executeSql(query).collect()) {
            result.forEachRemaining(rows::add);
        }
        return rows;
    }

    private static String format(String prefix) throws IOException {
        return "'" + prefix + "format' = 'avro-confluent', '" + prefix + "avro-confluent.url' = '"
                + SharedStack.get().registryUrl() + "'";
    }

    private static String source(TestTopics topics, String connector, String topic) throws IOException {
        EmbeddedStack stack = SharedStack.get();
        return "'connector' = '" + connector + "', 'topic' = '" + topics.prefix + topic
                + "', 'properties.bootstrap.servers' = '" + stack.bootstrapServers()
                + "', 'properties.isolation.level' = 'read_committed', 'scan.bounded.mode' = 'latest-offset'";
    }

    @Test
    void statusAndLabelAreStringsThatAQueryCanFilterBy() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 2)) {
            send(topics);
            topics.runBounded(
                    topics.config("strategy: tumbling, size: 10s", "parallelism: 1, checkpoint_interval: 1s"));
            List<Row> rows = select(
                    "SELECT subject_id, label, status, score FROM results WHERE status = 'FINAL' AND label IN "
                            + "('NEGATIVE', 'NEUTRAL', 'POSITIVE')",
                    "CREATE TABLE results (subject_id STRING, status STRING, label STRING, score DOUBLE, window_end TIMESTAMP(3)) WITH ("
                            + source(topics, "kafka", "results.sentiment")
                            + ", 'scan.startup.mode' = 'earliest-offset', " + format("") + ")");
            TreeSet<String> expected = new TreeSet<>();
            topics.read("results.sentiment", new SentimentResult())
                    .forEach(result -> expected.add(result.getSubjectId() + " " + result.getLabel()));
            assertThat(rows).hasSize(7);
            assertThat(new TreeSet<>(rows.stream()
                            .map(row -> row.getField(0) + " " + row.getField(1))
                            .toList()))
                    .isEqualTo(expected);
        }
    }

    /**
     * {@code emit.key: result_id}: the topic is a changelog by id, in which the last record of an id replaces those
     * before.
     */
    @Test
    void keyedByTheResultsIdATopicIsATableOfUpserts() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 2)) {
            send(topics);
            String yaml = topics.yaml("strategy: tumbling, size: 10s", "parallelism: 1, checkpoint_interval: 1s")
                    .replace("emit: {", "emit: {key: result_id, ");
            topics.runBounded(PipelineFile.parse("upserts.yaml", yaml));
            // The same windows once more: the same ids.
            topics.runBounded(PipelineFile.parse("upserts.yaml", yaml));
            for (String topic : List.of("results.sentiment", "results.incomplete", "results.match")) {
                assertThat(topics.records(topic))
                        .as(topic)
                        .isNotEmpty()
                        .allSatisfy(record -> assertThat(new String(record.key(), StandardCharsets.UTF_8))
                                .matches("[0-9a-f]{64}"));
            }
            List<SentimentResult> results = topics.read("results.sentiment", new SentimentResult());
            assertThat(results)
                    .hasSize(14)
                    .extracting(SentimentResult::getResultId)
                    .containsExactlyElementsOf(topics.records("results.sentiment").stream()
                            .map(record -> new String(record.key(), StandardCharsets.UTF_8))
                            .toList());
            assertThat(topics.read("results.incomplete", new IncompleteWindow()))
                    .extracting(IncompleteWindow::getResultId)
                    .containsExactlyElementsOf(topics.records("results.incomplete").stream()
                            .map(record -> new String(record.key(), StandardCharsets.UTF_8))
                            .toList());
            List<Row> rows = select(
                    "SELECT COUNT(*), COUNT(DISTINCT subject_id) FROM results WHERE status <> 'RETRACTED'",
                    "CREATE TABLE results (result_id STRING, subject_id STRING, status STRING, PRIMARY KEY (result_id) NOT ENFORCED) WITH ("
                            + source(topics, "upsert-kafka", "results.sentiment")
                            + ", 'key.format' = 'raw', 'value.fields-include' = 'ALL', " + format("value.") + ")");
            assertThat(rows.get(rows.size() - 1))
                    .isEqualTo(Row.ofKind(rows.get(rows.size() - 1).getKind(), 7L, 7L));
        }
    }
}
