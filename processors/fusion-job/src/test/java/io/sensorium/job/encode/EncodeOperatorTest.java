// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.encode;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.job.models.PipelineModels;
import io.sensorium.job.records.Coordinates;
import io.sensorium.job.records.IngestRecord;
import io.sensorium.job.records.KeyedEncodedEvent;
import io.sensorium.job.records.OutputSchemas;
import io.sensorium.job.serde.KeyedEncodedEventSerializer;
import io.sensorium.operators.encode.Content;
import io.sensorium.results.DeadLetter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whatever a record makes the operator throw is its own dead letter, and what waits for a slow record is bounded. */
@Timeout(120)
class EncodeOperatorTest {

    private static final String MODEL = "text-bge-small-en";
    private static final int DIMENSION = 384;

    private static PipelineConfig config(String more) throws Exception {
        return PipelineFile.parse("encode.yaml", """
                modalities:
                  text: {encoder: text-bge-small-en}
                align: {strategy: tumbling, size: 10ms, min_modalities: 1}
                operators:
                  sentiment: {type: sentiment}
                """ + more);
    }

    private static OneInputStreamOperatorTestHarness<IngestRecord, KeyedEncodedEvent> harness(PipelineConfig config)
            throws Exception {
        return harness(config, null, 0);
    }

    private static OneInputStreamOperatorTestHarness<IngestRecord, KeyedEncodedEvent> harness(
            PipelineConfig config, URI notes, long restored) throws Exception {
        Map<String, Integer> ids = new HashMap<>();
        OutputSchemas.topics(config).keySet().forEach(topic -> ids.put(topic, 1));
        PipelineModels models = PipelineModels.resolve(config, new ArrayList<>(), new ArrayList<>())
                .orElseThrow();
        var harness = new OneInputStreamOperatorTestHarness<IngestRecord, KeyedEncodedEvent>(
                new EncodeOperatorFactory(config, models.fileBundle(config), 0, new OutputSchemas(ids), notes));
        harness.setup(KeyedEncodedEventSerializer.INSTANCE);
        if (restored > 0) {
            harness.setRestoredCheckpointId(restored);
            harness.initializeState(OperatorSubtaskState.builder().build());
        }
        harness.open();
        return harness;
    }

    private static Coordinates origin(long offset, byte[] value) {
        return new Coordinates("media.text", 0, offset, 0, null, value, Map.of());
    }

    private static StreamRecord<IngestRecord> text(long offset, String text) {
        return new StreamRecord<>(new IngestRecord.Event(
                origin(offset, new byte[] {1, 2, 3}),
                "e" + offset,
                "s",
                offset,
                new Content.Text(text),
                null,
                null,
                null,
                Map.of(),
                0));
    }

    private static StreamRecord<IngestRecord> reference(long offset, String uri) {
        return new StreamRecord<>(new IngestRecord.Event(
                origin(offset, new byte[] {1, 2, 3}),
                "e" + offset,
                "s",
                offset,
                null,
                new IngestRecord.Reference(uri, -1, null, true),
                null,
                null,
                Map.of(),
                0));
    }

    /** An embedding whose record has some bytes more than it. */
    private static StreamRecord<IngestRecord> embedding(long offset, String model, int valueBytes) {
        return new StreamRecord<>(new IngestRecord.Event(
                origin(offset, new byte[valueBytes]),
                "e" + offset,
                "s",
                offset,
                null,
                null,
                new byte[DIMENSION * Float.BYTES],
                model,
                Map.of(),
                0));
    }

    private static List<DeadLetter> letters(OneInputStreamOperatorTestHarness<IngestRecord, KeyedEncodedEvent> harness)
            throws Exception {
        List<DeadLetter> letters = new ArrayList<>();
        if (harness.getSideOutput(EncodeOperator.DEAD_LETTERS) != null) {
            for (var record : harness.getSideOutput(EncodeOperator.DEAD_LETTERS)) {
                byte[] value = record.getValue().value();
                letters.add(new SpecificDatumReader<>(DeadLetter.class)
                        .read(null, DecoderFactory.get().binaryDecoder(value, 5, value.length - 5, null)));
            }
        }
        return letters;
    }

    private static List<Long> sent(OneInputStreamOperatorTestHarness<IngestRecord, KeyedEncodedEvent> harness) {
        return harness.extractOutputValues().stream()
                .map(encoded -> encoded.event().offset())
                .toList();
    }

    @Test
    void whateverARecordMakesTheOperatorThrowIsOneDeadLetterAndTheOthersGoOn() throws Exception {
        try (var harness = harness(config(""))) {
            harness.processElement(text(0, "a sound text"));
            harness.processElement(embedding(1, null, 10));
            harness.processElement(embedding(2, null, 10));
            harness.processElement(embedding(3, MODEL, 10));
            harness.processElement(new StreamRecord<>(new IngestRecord.Event(
                    origin(4, new byte[0]),
                    "e4",
                    "s",
                    4,
                    null,
                    new IngestRecord.Reference(null, -1, null, true),
                    null,
                    null,
                    Map.of(),
                    0)));
            harness.processElement(text(5, "another"));
            harness.prepareSnapshotPreBarrier(1);
            assertThat(sent(harness)).containsExactly(0L, 3L, 5L);
            assertThat(letters(harness)).extracting(DeadLetter::getOffset).containsExactly(1L, 2L, 4L);
            assertThat(letters(harness)).allSatisfy(letter -> {
                assertThat(letter.getFault().toString()).isEqualTo("PLATFORM");
                assertThat(letter.getMessage()).contains("NullPointerException");
            });
        }
    }

    @Test
    void aRecordUnderWhichTheProcessDiedTwiceAloneIsPoisonAndTheOthersAreProcessedOneByOne(@TempDir Path folder)
            throws Exception {
        Path notes = Files.createDirectories(folder.resolve("quarantine-demo"));
        Path file = notes.resolve("encode-text.0.json");
        Files.writeString(
                file,
                "{\"checkpoint\":7,\"starts\":5,\"underWay\":\"media.text-0 offset 1\",\"suspects\":{\"media.text-0 "
                        + "offset 1\":1},\"poison\":{}}");
        try (var harness = harness(config(""), notes.toUri(), 7)) {
            for (int offset = 0; offset < 4; offset++) {
                harness.processElement(text(offset, "text " + offset));
                assertThat(sent(harness)).as("one at a time").hasSize(offset == 0 ? 1 : offset);
            }
            assertThat(sent(harness)).containsExactly(0L, 2L, 3L);
            assertThat(letters(harness)).singleElement().satisfies(letter -> {
                assertThat(letter.getOffset()).isEqualTo(1);
                assertThat(letter.getCode()).isEqualTo("POISON");
                assertThat(letter.getFault()).isEqualTo("PLATFORM");
                assertThat(letter.getValue().remaining()).as("with its bytes").isEqualTo(3);
            });
            harness.prepareSnapshotPreBarrier(8);
            harness.snapshot(8, 8);
            harness.notifyOfCompletedCheckpoint(8);
            assertThat(Files.readString(file)).contains("\"media.text-0 offset 1\":8");
            harness.notifyOfCompletedCheckpoint(9);
            String quiet = Files.readString(file);
            harness.processElement(text(4, "text 4"));
            harness.prepareSnapshotPreBarrier(10);
            assertThat(sent(harness)).containsExactly(0L, 2L, 3L, 4L);
            assertThat(Files.readString(file))
                    .as("nothing is written in normal operation")
                    .isEqualTo(quiet);
        }
        try (var harness = harness(config(""), notes.toUri(), 8)) {
            harness.processElement(text(1, "another record of a topic made again"));
            harness.prepareSnapshotPreBarrier(9);
            assertThat(sent(harness)).containsExactly(1L);
        }
    }

    @Test
    void manyReadyEmbeddingsBehindASlowReferenceHoldTheTaskBackInsteadOfFillingTheHeap() throws Exception {
        CountDownLatch answer = new CountDownLatch(1);
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            try {
                answer.await(60, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            byte[] body = "a slow text".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        int many = 50_000;
        int valueBytes = 20_000;
        PipelineConfig config = config("""
                references: {schemes: [http], hosts: ['127.0.0.1:%d'], allow_addresses: [127.0.0.0/8], timeout: 60s}
                runtime: {queue_bytes: 8MiB}
                """.formatted(server.getAddress().getPort()));
        try (var harness = harness(config)) {
            AtomicInteger fed = new AtomicInteger();
            List<Throwable> failures = new ArrayList<>();
            Thread task = new Thread(() -> {
                try {
                    harness.processElement(reference(
                            0, "http://127.0.0.1:" + server.getAddress().getPort() + "/slow"));
                    for (int i = 1; i <= many; i++) {
                        harness.processElement(embedding(i, MODEL, valueBytes));
                        fed.incrementAndGet();
                    }
                    harness.prepareSnapshotPreBarrier(1);
                } catch (Throwable e) {
                    failures.add(e);
                }
            });
            task.start();
            while (task.getState() != Thread.State.WAITING && task.isAlive()) {
                Thread.onSpinWait();
            }
            assertThat(task.isAlive()).as("held back").isTrue();
            long held = fed.get() * (long) (valueBytes + DIMENSION * Float.BYTES);
            assertThat(held).as("bytes that wait").isBetween(1L << 20, 9L << 20);
            answer.countDown();
            task.join();
            assertThat(failures).isEmpty();
            assertThat(sent(harness))
                    .isEqualTo(IntStream.rangeClosed(0, many)
                            .mapToObj(Long::valueOf)
                            .toList());
        } finally {
            server.stop(0);
        }
    }
}
