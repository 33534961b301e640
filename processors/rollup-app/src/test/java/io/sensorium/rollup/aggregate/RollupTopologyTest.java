// SPDX-License-Identifier: Apache-2.0
package io.sensorium.rollup.aggregate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sensorium.pipeline.PipelineTopics;
import io.sensorium.results.MatchResult;
import io.sensorium.results.Rollup;
import io.sensorium.results.SentimentResult;
import io.sensorium.rollup.SampleResults;
import io.sensorium.rollup.SampleResults.Window;
import io.sensorium.schemas.ResultStatus;
import io.sensorium.schemas.WireFormatDecoder;
import io.sensorium.schemas.WireFormatEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.TreeMap;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.TopologyTestDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Roll-ups of whatever revisions are those of what stands at the end. */
@Tag("slow")
class RollupTopologyTest {

    private static final String YAML = """
            pipeline: test
            modalities: {image: {}, text: {}}
            operators:
              sentiment: {type: sentiment}
              match: {type: match, pairs: [[image, text]]}
            emit: {attributes: [channel]}
            rollup:
              group_by: channel
              windows: {ten: {size: 10s}, hopping: {size: 20s, advance: 5s}}
              grace: 15s
              state_dir: %s
            """;
    private static final Duration IDLE = Duration.ofSeconds(30);

    @TempDir
    java.nio.file.Path folder;

    private final SampleResults.MemoryRegistry registry = new SampleResults.MemoryRegistry();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private PipelineTopics topics;
    private TopologyTestDriver driver;

    @BeforeEach
    void start() throws Exception {
        open("final");
    }

    private void open(String emit) throws Exception {
        open(emit, YAML);
    }

    private void open(String emit, String yaml) throws Exception {
        topics = PipelineTopics.parse("test.yaml", yaml.formatted(folder) + "  emit: " + emit + "\n");
        Properties properties = new Properties();
        properties.put("application.id", "test");
        properties.put("bootstrap.servers", "nowhere:1");
        properties.put("state.dir", folder.resolve(emit).toString());
        int id = registry.register(
                "results.rollup-value", Rollup.getClassSchema().toString());
        driver = new TopologyTestDriver(
                RollupTopology.build(
                        topics,
                        new RollupTopology.Surroundings(
                                registry,
                                () -> new WireFormatEncoder<>(Rollup.getClassSchema(), id),
                                1,
                                IDLE,
                                new RollupMetrics(meters))),
                properties);
    }

    @AfterEach
    void stop() {
        driver.close();
    }

    private void send(String topic, SpecificRecord record) {
        byte[] value = new WireFormatEncoder<>(
                        record.getSchema(),
                        registry.register(topic, record.getSchema().toString()))
                .encode(record);
        driver.createInputTopic(topic, new ByteArraySerializer(), new ByteArraySerializer())
                .pipeInput("s".getBytes(StandardCharsets.UTF_8), value);
    }

    private List<KeyValue<String, Rollup>> written() throws Exception {
        List<KeyValue<String, Rollup>> rollups = new ArrayList<>();
        WireFormatDecoder<Rollup> decoder = WireFormatDecoder.of(Rollup.getClassSchema(), registry);
        for (KeyValue<String, byte[]> record : driver.createOutputTopic(
                        "results.rollup", new StringDeserializer(), new ByteArrayDeserializer())
                .readKeyValuesToList()) {
            rollups.add(KeyValue.pair(record.key, decoder.decode(record.value)));
        }
        return rollups;
    }

    private static Window window(String id, long end, ResultStatus status, String channel) {
        return new Window(id, "s", end - 1000, end, status, 0, channel);
    }

    @Test
    void anOperatorTypeThatOnlyTheJobKnowsCountsTheWindowsByTheFieldsThatAllResultsShare() throws Exception {
        driver.close();
        open(
                "updates",
                YAML.replace("match: {type: match, pairs: [[image, text]]}", "none: {type: none}")
                        .replace("sentiment: {type: sentiment}", "mine: {type: own}"));
        MatchResult result = SampleResults.match(window("a", 5_000, ResultStatus.FINAL, "ads"), 0.8);
        result.setOperator("mine");
        send("results.mine", result);
        assertThat(ResultContribution.schemas(topics))
                .containsKey("results.mine")
                .doesNotContainKey("results.none");
        driver.advanceWallClockTime(Duration.ofSeconds(1));
        assertThat(written()).isNotEmpty().allSatisfy(rollup -> {
            assertThat(rollup.value.getWindowsComplete()).isEqualTo(1);
            assertThat(rollup.value.getEvents()).isEqualTo(2);
            assertThat(rollup.value.getPairs())
                    .as("its own fields are not read")
                    .isZero();
        });
    }

    @Test
    void countsEachResultByItsLastRevision() throws Exception {
        send("results.sentiment", SampleResults.sentiment(window("a", 5_000, ResultStatus.PROVISIONAL, "ads"), -1));
        send("results.sentiment", SampleResults.sentiment(window("a", 5_000, ResultStatus.FINAL, "ads"), 0.5));
        send("results.sentiment", SampleResults.sentiment(window("b", 6_000, ResultStatus.FINAL, "ads"), 0.1));
        send("results.sentiment", SampleResults.sentiment(window("c", 7_000, ResultStatus.FINAL, "ads"), -0.9));
        send("results.sentiment", SampleResults.sentiment(window("c", 7_000, ResultStatus.RETRACTED, "ads"), -0.9));
        send("results.sentiment", SampleResults.sentiment(window("b", 6_000, ResultStatus.FINAL, "news"), 0.3));
        send("results.match", SampleResults.match(window("m", 5_000, ResultStatus.FINAL, "ads"), 0.8));
        send("results.incomplete", SampleResults.incomplete(window("n", 8_000, ResultStatus.FINAL, "ads"), ""));
        send("results.incomplete", SampleResults.incomplete(window("o", 8_000, ResultStatus.FINAL, null), "match"));
        send("media.late", SampleResults.late("s", 9_000, 1, "ads"));
        assertThat(written())
                .as("nothing before the window and its grace are over")
                .isEmpty();
        // A later result alone lets time pass; progress is sent once a second.
        send("results.sentiment", SampleResults.sentiment(window("later", 25_001, ResultStatus.FINAL, "ads"), 0));
        driver.advanceWallClockTime(Duration.ofSeconds(1));
        Map<String, Rollup> rollups = new LinkedHashMap<>();
        written().forEach(pair -> rollups.put(pair.key, pair.value));
        Rollup all = rollups.get("ten|0|*");
        assertThat(all.getFinal$()).isTrue();
        assertThat(all.getSentimentCount()).isEqualTo(2);
        assertThat(all.getSentimentMean()).isCloseTo(0.4, within(1e-9));
        assertThat(all.getSentimentSpread()).isCloseTo(0.1, within(1e-9));
        assertThat(all.getLabelShares()).isEqualTo(Map.of("POSITIVE", 1.0));
        assertThat(all.getWindowsComplete()).isEqualTo(2);
        assertThat(all.getWindowsIncomplete()).isEqualTo(1);
        assertThat(all.getIncompleteRate()).isCloseTo(1 / 3.0, within(1e-9));
        assertThat(all.getMatchRate()).isEqualTo(1.0);
        assertThat(all.getLateEvents()).isEqualTo(1);
        assertThat(all.getLateRate()).isCloseTo(1 / 8.0, within(1e-9));
        assertThat(all.getAgreementMean()).isEqualTo(0.5);
        assertThat(rollups.get("ten|0|=ads").getSentimentCount()).isEqualTo(1);
        assertThat(rollups.get("ten|0|=news").getSentimentMean()).isCloseTo(0.3, within(1e-9));
        assertThat(rollups.get("ten|0|=").getGroup())
                .as("without the attribute")
                .isEmpty();
        assertThat(rollups)
                .as("hopping windows that end by then")
                .containsKeys("hopping|-15000|*", "hopping|-10000|*")
                .doesNotContainKey("hopping|0|*");
    }

    @Test
    void leavesAClosedWindowAsItIs() throws Exception {
        send("results.sentiment", SampleResults.sentiment(window("a", 5_000, ResultStatus.FINAL, null), 0.5));
        send("results.sentiment", SampleResults.sentiment(window("later", 60_000, ResultStatus.FINAL, null), 0));
        driver.advanceWallClockTime(Duration.ofSeconds(1));
        written();
        send("results.sentiment", SampleResults.sentiment(window("a", 5_000, ResultStatus.FINAL, null), -0.5));
        send("results.sentiment", SampleResults.sentiment(window("late", 5_000, ResultStatus.FINAL, null), -0.5));
        driver.advanceWallClockTime(Duration.ofSeconds(1));
        assertThat(written()).isEmpty();
        assertThat(meters.get("sensorium.rollup.late").counter().count()).isPositive();
    }

    /**
     * With early: true or max_wait a record may be of a window a day ahead; the windows of the present must neither
     * close nor be counted again.
     */
    @Test
    void aProvisionalOrForcedRecordFarAheadChangesNothingElse() throws Exception {
        long now = System.currentTimeMillis() / 20_000 * 20_000;
        for (boolean forced : new boolean[] {false, true}) {
            driver.close();
            open("final");
            for (int revision = 0; revision < 3; revision++) {
                for (int i = 0; i < 9; i++) {
                    send(
                            "results.sentiment",
                            SampleResults.sentiment(
                                    window("r" + i, now + 1_000 + i, ResultStatus.FINAL, null), revision / 10.0));
                }
                SentimentResult ahead = SampleResults.sentiment(
                        window("ahead", now + 86_400_000, forced ? ResultStatus.FINAL : ResultStatus.PROVISIONAL, null),
                        1);
                ahead.setForced(forced);
                send("results.sentiment", ahead);
                driver.advanceWallClockTime(Duration.ofSeconds(1));
            }
            assertThat(written()).as("no window is over").isEmpty();
            send(
                    "results.sentiment",
                    SampleResults.sentiment(window("later", now + 60_000, ResultStatus.FINAL, null), 0));
            driver.advanceWallClockTime(Duration.ofSeconds(1));
            List<Rollup> ten = written().stream()
                    .filter(pair -> pair.key.equals("ten|" + now + "|*"))
                    .map(pair -> pair.value)
                    .toList();
            assertThat(ten).as("forced " + forced).singleElement().satisfies(rollup -> {
                assertThat(rollup.getSentimentCount()).isEqualTo(9);
                assertThat(rollup.getSentimentMean()).isCloseTo(0.2, within(1e-9));
            });
        }
    }

    @Test
    void idsAreForgottenOnceEventTimeHasPassedThem() throws Exception {
        send("results.sentiment", SampleResults.sentiment(window("old", 5_000, ResultStatus.FINAL, null), 0.5));
        send(
                "results.sentiment",
                SampleResults.sentiment(
                        window("new", 5_000 + Duration.ofHours(2).toMillis(), ResultStatus.FINAL, null), 0.5));
        driver.advanceWallClockTime(Duration.ofSeconds(1));
        assertThat(driver.getKeyValueStore(CountedResults.BY_ID).get("old")).isNull();
        assertThat(driver.getKeyValueStore(CountedResults.BY_ID).get("new")).isNotNull();
        List<Object> index = new ArrayList<>();
        driver.getKeyValueStore(CountedResults.BY_INSTANT).all().forEachRemaining(index::add);
        assertThat(index).hasSize(1);
    }

    @Test
    void countsWhatIsNoResultAndGoesOn() throws Exception {
        driver.createInputTopic("results.sentiment", new ByteArraySerializer(), new ByteArraySerializer())
                .pipeInput(new byte[0], new byte[] {1, 2, 3});
        driver.createInputTopic("results.sentiment", new ByteArraySerializer(), new ByteArraySerializer())
                .pipeInput(new byte[0], (byte[]) null);
        send("results.sentiment", SampleResults.sentiment(window("a", 5_000, ResultStatus.FINAL, null), 0.5));
        assertThat(meters.get("sensorium.rollup.undecodable").counter().count()).isEqualTo(2);
        assertThat(meters.get("sensorium.rollup.results").counter().count()).isEqualTo(1);
    }

    @Test
    void writesEveryChangeWhereAskedTo() throws Exception {
        driver.close();
        open("updates");
        send("results.sentiment", SampleResults.sentiment(window("a", 5_000, ResultStatus.FINAL, null), 0.5));
        send("results.sentiment", SampleResults.sentiment(window("b", 5_000, ResultStatus.FINAL, null), 1));
        assertThat(written())
                .filteredOn(pair -> pair.key.equals("ten|0|*"))
                .extracting(pair -> pair.value.getSentimentCount() + " " + pair.value.getFinal$())
                .containsExactly("1 false", "2 false");
    }

    /** Random revisions, retractions, moves between groups and duplicates, against adding up what stands at the end. */
    @Test
    void equalsWhatStandsAtTheEnd() throws Exception {
        for (long seed = 0; seed < 20; seed++) {
            driver.close();
            open("final");
            Random random = new Random(seed);
            Map<String, SentimentResult> standing = new HashMap<>();
            long newest = 0;
            for (int i = 0; i < 300; i++) {
                newest += random.nextInt(400);
                boolean again = !standing.isEmpty() && random.nextInt(3) == 0;
                String id = again
                        ? standing.keySet().stream()
                                .sorted()
                                .skip(random.nextInt(standing.size()))
                                .findFirst()
                                .orElseThrow()
                        : "r" + i;
                // Within the grace of every window that holds it.
                long end = again
                        ? standing.get(id).getWindowEnd().toEpochMilli() + random.nextInt(2) * 500L
                        : newest - random.nextInt(3000);
                if (end < newest - 12_000 || end < 1) {
                    continue;
                }
                ResultStatus status = again && random.nextInt(4) == 0
                        ? ResultStatus.RETRACTED
                        : random.nextBoolean() ? ResultStatus.FINAL : ResultStatus.PROVISIONAL;
                SentimentResult result = SampleResults.sentiment(
                        window(id, end, status, random.nextBoolean() ? "ads" : "news"), random.nextInt(21) / 10.0 - 1);
                send("results.sentiment", result);
                newest = Math.max(newest, end);
                if (status == ResultStatus.RETRACTED) {
                    standing.remove(id);
                } else {
                    standing.put(id, result);
                }
                if (random.nextInt(10) == 0) {
                    driver.advanceWallClockTime(Duration.ofSeconds(1));
                }
            }
            send(
                    "results.sentiment",
                    SampleResults.sentiment(window("last", newest + 1_000_000, ResultStatus.FINAL, "last"), 0));
            driver.advanceWallClockTime(Duration.ofSeconds(1));
            Map<String, String> actual = new TreeMap<>();
            for (KeyValue<String, Rollup> pair : written()) {
                if (pair.value.getSentimentCount() > 0) {
                    assertThat(actual.put(
                                    pair.key, line(pair.value.getSentimentCount(), pair.value.getSentimentMean())))
                            .as("once a window")
                            .isNull();
                }
            }
            assertThat(actual).as("seed " + seed).isEqualTo(expected(standing.values()));
        }
    }

    /** Scores are tenths. */
    private static String line(long count, double mean) {
        return count + " " + Math.round(mean * count * 10);
    }

    /** Adds up from scratch: every window of every group that holds a result's last instant. */
    private static Map<String, String> expected(Iterable<SentimentResult> standing) {
        Map<String, double[]> sums = new HashMap<>();
        for (SentimentResult result : standing) {
            long instant = result.getWindowEnd().toEpochMilli() - 1;
            for (String group : List.of("*", "=" + result.getAttributes().get("channel"))) {
                for (long[] window : new long[][] {{10_000, 10_000}, {20_000, 5_000}}) {
                    for (long start = -window[0]; start <= instant; start += window[1]) {
                        if (start <= instant && instant < start + window[0]) {
                            double[] sum = sums.computeIfAbsent(
                                    (window[0] == 10_000 ? "ten" : "hopping") + "|" + start + "|" + group,
                                    key -> new double[2]);
                            sum[0]++;
                            sum[1] += result.getScore();
                        }
                    }
                }
            }
        }
        Map<String, String> lines = new TreeMap<>();
        sums.forEach((key, sum) -> lines.put(key, line((long) sum[0], sum[1] / sum[0])));
        return lines;
    }
}
