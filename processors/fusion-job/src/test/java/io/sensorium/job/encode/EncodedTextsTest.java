// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.encode;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.sensorium.job.alignment.EncodedEvent;
import io.sensorium.job.alignment.Evidence.FoundTerm;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.job.models.PipelineModels;
import io.sensorium.job.records.Coordinates;
import io.sensorium.job.records.IngestRecord;
import io.sensorium.job.records.KeyedEncodedEvent;
import io.sensorium.job.records.OutputSchemas;
import io.sensorium.job.serde.KeyedEncodedEventSerializer;
import io.sensorium.operators.encode.Content;
import io.sensorium.operators.encode.Outcome.Recognized;
import io.sensorium.operators.encode.Passage;
import io.sensorium.operators.encode.Passage.Interval;
import io.sensorium.operators.onnx.Device;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.metrics.SimpleCounter;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What leaves the encoder of what texts say, however the text came. */
@Timeout(120)
class EncodedTextsTest {

    private static final int DIMENSION = 384;
    private static final String SLURS = "terms(\"slurs\", text)";

    @TempDir
    Path folder;

    private PipelineConfig config(String more) throws Exception {
        Files.writeString(folder.resolve("slurs.txt"), "idiot\n");
        return PipelineFile.parse(folder.resolve("encode.yaml").toString(), """
                modalities:
                  text: {encoder: text-bge-small-en}
                align: {strategy: tumbling, size: 10ms, min_modalities: 1}
                operators:
                  sentiment: {type: sentiment}
                """ + more);
    }

    private static final String RULES = """
            moderation:
              terms: {slurs: slurs.txt}
              rules: {slur: {when: 'terms("slurs", text) > 0 and length(text) > 3', action: hide}}
            """;

    private static IngestRecord.Event event(
            long offset, Content content, IngestRecord.Reference reference, byte[] vector) {
        return new IngestRecord.Event(
                new Coordinates("media.text", 0, offset, 0, null, new byte[] {1, 2, 3}, Map.of()),
                "e" + offset,
                "s",
                offset,
                content,
                reference,
                vector,
                vector == null ? null : "text-bge-small-en",
                Map.of(),
                0);
    }

    private static List<EncodedEvent> encoded(PipelineConfig config, IngestRecord... records) throws Exception {
        Map<String, Integer> ids = new HashMap<>();
        OutputSchemas.topics(config).keySet().forEach(topic -> ids.put(topic, 1));
        PipelineModels models = PipelineModels.require("encode.yaml", config, new ArrayList<>());
        try (var harness = new OneInputStreamOperatorTestHarness<IngestRecord, KeyedEncodedEvent>(
                new EncodeOperatorFactory(config, models.fileBundle(config), 0, new OutputSchemas(ids), null))) {
            harness.setup(KeyedEncodedEventSerializer.INSTANCE);
            harness.open();
            for (IngestRecord record : records) {
                harness.processElement(new StreamRecord<>(record));
            }
            harness.prepareSnapshotPreBarrier(1);
            assertThat(harness.getSideOutput(EncodeOperator.DEAD_LETTERS)).isNull();
            return harness.extractOutputValues().stream()
                    .map(KeyedEncodedEvent::event)
                    .toList();
        }
    }

    @Test
    void withoutAnyUseTextsStayBehind() throws Exception {
        assertThat(encoded(config(""), event(0, new Content.Text("you idiot"), null, null)))
                .singleElement()
                .satisfies(event -> {
                    assertThat(event.evidence()).isNull();
                    assertThat(event.signals()).isEmpty();
                });
    }

    /** Many, so that contents are released by the engine's workers while the task's thread sends events on. */
    @Test
    void everyTextIsReadBeforeItsContentIsReleased() throws Exception {
        IngestRecord[] records = new IngestRecord[300];
        for (int i = 0; i < records.length; i++) {
            records[i] = event(i, new Content.Text(i % 2 == 0 ? "you idiot " + i : "hello " + i), null, null);
        }

        List<EncodedEvent> events = encoded(config(RULES + "emit: {texts: [text]}\n"), records);

        assertThat(events).hasSize(records.length).allSatisfy(event -> {
            boolean bad = event.offset() % 2 == 0;
            assertThat(event.evidence().text()).isEqualTo((bad ? "you idiot " : "hello ") + event.offset());
            assertThat(event.evidence().reading().measures()).containsEntry(SLURS, bad ? 1.0 : 0.0);
            assertThat(event.evidence().reading().terms())
                    .isEqualTo(bad ? List.of(new FoundTerm("slurs", "idiot", 4, 9)) : List.of());
        });
    }

    @Test
    void fetchedTextIsReadAndAnEmbeddingHasNone() throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            byte[] body = "what an 1d10t".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        try {
            int port = server.getAddress().getPort();
            PipelineConfig config = config(RULES
                    + "references: {schemes: [http], hosts: ['127.0.0.1:%d'], allow_addresses: [127.0.0.0/8]}\n"
                            .formatted(port));

            List<EncodedEvent> events = encoded(
                    config,
                    event(0, null, new IngestRecord.Reference("http://127.0.0.1:" + port + "/t", -1, null, true), null),
                    event(1, null, null, new byte[DIMENSION * Float.BYTES]));

            assertThat(events.get(0).evidence().text()).as("may not leave").isNull();
            assertThat(events.get(0).evidence().reading().measures())
                    .isEqualTo(Map.of(SLURS, 1.0, "length(text)", 13.0));
            assertThat(events.get(1).evidence()).isNull();
        } finally {
            server.stop(0);
        }
    }

    @Test
    void aDerivedTextKeepsThePlacesOfItsPassages() throws Exception {
        List<Passage> passages = List.of(
                new Passage("you", 0.5, new Interval(0, 400)), new Passage("idiot", 0.75, new Interval(900, 1300)));
        IngestRecord.Event derived = event(0, null, null, null).derived(new Recognized("you idiot", 0.7, passages));

        assertThat(encoded(config(RULES + "emit: {texts: [text]}\n"), derived))
                .singleElement()
                .satisfies(event -> assertThat(event.evidence().passages()).isEqualTo(passages));
    }

    @Test
    void headsRateEveryEventByItsEmbedding() throws Exception {
        PipelineConfig config = config("moderation: {toxicity: {heads: [text-offensive-early, text-hate-early]}}\n");

        List<EncodedEvent> events = encoded(
                config,
                event(0, new Content.Text("you are a stupid fucking idiot and everyone hates you"), null, null),
                event(1, new Content.Text("what a lovely morning, thank you all for coming"), null, null));

        assertThat(events)
                .allSatisfy(event -> assertThat(event.signals())
                        .containsOnlyKeys("toxicity.offensive", "toxicity.hate")
                        .allSatisfy((name, value) -> assertThat(value).isBetween(0.0, 1.0)));
        assertThat(events.get(0).signals().get("toxicity.offensive")).isGreaterThan(0.8);
        assertThat(events.get(1).signals().get("toxicity.offensive")).isLessThan(0.3);
        // An embedding that is brought gets the same.
        byte[] vector = events.get(0).embeddings().get(0).vector().bytes();
        assertThat(encoded(config, event(2, null, null, vector)).get(0).signals())
                .isEqualTo(events.get(0).signals());
    }

    @Test
    void aHeadThatFailsTakesOnlyItsOwnSignals() throws Exception {
        PipelineModels models = PipelineModels.require(
                "encode.yaml", config("moderation: {toxicity: {heads: [text-offensive-early]}}\n"), new ArrayList<>());
        SimpleCounter failures = new SimpleCounter();
        float[] broken = new float[DIMENSION];
        Arrays.fill(broken, Float.NaN);
        try (EventSignals signals = EventSignals.open(models.signalHeads(0), Device.parse("cpu"))) {
            assertThat(signals.signals(broken, Map.of("own", 1.0), failures)).isEqualTo(Map.of("own", 1.0));
            assertThat(failures.getCount()).isEqualTo(1);
            assertThat(signals.signals(new float[DIMENSION], Map.of("own", 1.0), failures))
                    .containsOnlyKeys("own", "toxicity.offensive");
            assertThat(failures.getCount()).isEqualTo(1);
        }
    }
}
