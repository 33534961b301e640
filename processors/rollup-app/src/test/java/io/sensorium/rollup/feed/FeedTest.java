// SPDX-License-Identifier: Apache-2.0
package io.sensorium.rollup.feed;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sensorium.results.InputReference;
import io.sensorium.results.KnownContent;
import io.sensorium.results.MatchedTerm;
import io.sensorium.results.TextPassage;
import io.sensorium.rollup.SampleResults;
import io.sensorium.rollup.SampleResults.Window;
import io.sensorium.schemas.ResultStatus;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What reaches the page: types by bytes, texts of a length, watermarks from the job's own words. */
class FeedTest {

    @ParameterizedTest
    @CsvSource({
        "FFD8FFE0,image/jpeg",
        "89504E470D0A1A0A,image/png",
        "474946383961,image/gif",
        "52494646000000005745425056,image/webp",
        "52494646000000005741564566,audio/wav",
        "664C6143,audio/flac",
        "4F676753,audio/ogg",
        "494433,audio/mpeg",
        "FFFB90,audio/mpeg"
    })
    void tellsMediaByItsBytes(String hex, String type) {
        assertThat(MediaType.of(java.util.HexFormat.of().parseHex(hex))).isEqualTo(type);
    }

    @ParameterizedTest
    @CsvSource({
        "<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>",
        "<!doctype html>",
        "%PDF-1.7",
        "RIFF",
        "x"
    })
    void givesNothingThatCanCarryAScript(String text) {
        assertThat(MediaType.of(text.getBytes(StandardCharsets.UTF_8))).isNull();
        assertThat(MediaType.of(new byte[0])).isNull();
    }

    @Test
    void cutsLongTextsAndHalvesNoCharacter() {
        String subject = "x".repeat(299) + "\uD83D\uDE00".repeat(10);
        ObjectNode json = RecordJson.of(
                SampleResults.sentiment(new Window("id", subject, 0, 1000, ResultStatus.FINAL, 0, "ads"), 0.5),
                "channel");
        assertThat(json.get("subject").asText()).isEqualTo("x".repeat(299) + " …");
        assertThat(json.get("group").asText()).isEqualTo("ads");
        assertThat(json.get("inputs")).hasSize(3);
    }

    @Test
    void evidenceTravelsWithItsInput() {
        InputReference input = new InputReference(
                "writing",
                "e",
                Instant.EPOCH,
                "media.image",
                0,
                7L,
                null,
                "image",
                "x".repeat(400),
                400,
                List.of(
                        new TextPassage("BUY", 0.5, null, null, 1, 2, 3, 4),
                        new TextPassage("now", 0.25, 5L, 6L, null, null, null, null)),
                List.of(new MatchedTerm("scams", "buy now", 0, 7, 0)),
                new KnownContent("k", "scam", "pdq", 12.0));

        ObjectNode json = InputJson.of(input);

        assertThat(json.get("derived_from").asText()).isEqualTo("image");
        assertThat(json.get("text").asText()).hasSize(302);
        assertThat(json.get("passages"))
                .hasToString(
                        "[{\"text\":\"BUY\",\"confidence\":0.5,\"left\":1,\"top\":2,"
                                + "\"right\":3,\"bottom\":4},{\"text\":\"now\",\"confidence\":0.25,\"start_ms\":5,\"end_ms\":6}]");
        assertThat(json.get("terms")).hasToString("[{\"list\":\"scams\",\"term\":\"buy now\"}]");
        assertThat(json.get("known")).hasToString("{\"id\":\"k\",\"label\":\"scam\",\"by\":\"pdq\",\"distance\":12.0}");
    }

    @Test
    void readsTheJobsWatermarks() {
        String metrics = """
                # TYPE %1$s_watermark_timestamp_seconds gauge
                %1$s_watermark_timestamp_seconds{host="x",modality="text",subtask_index="0"} 1.7E9
                %1$s_watermark_timestamp_seconds{host="x",modality="text",subtask_index="1"} 1.6E9
                %1$s_watermark_bottleneck{modality="text"} 1.0
                %1$s_partition_watermark_timestamp_seconds{modality="text",partition="3"} 1.5E9
                %1$s_partition_idle{modality="text",partition="3"} 0.0
                %1$s_idle{modality="image"} 1.0
                """.formatted("flink_taskmanager_job_task_operator_sensorium_modality");
        Map<String, ObjectNode> read = JobWatermarks.parse(metrics);
        assertThat(read.get("text").get("watermark").asLong()).isEqualTo(1_600_000_000_000L);
        assertThat(read.get("text").get("watermark_bottleneck").asBoolean()).isTrue();
        assertThat(read.get("text").at("/partitions/3/watermark").asLong()).isEqualTo(1_500_000_000_000L);
        assertThat(read.get("image").get("idle").asBoolean()).isTrue();
    }

    @Test
    void aSlowWatcherLosesTheOldest() throws Exception {
        Subscribers subscribers = new Subscribers();
        Subscribers.Subscriber slow = subscribers.add(Map.of());
        for (int i = 0; i < 2_000; i++) {
            subscribers.send("record", Integer.toString(i));
        }
        assertThat(Integer.parseInt(slow.next().json())).isPositive();
        subscribers.remove(slow);
        assertThat(subscribers.count()).isZero();
        for (int i = 0; i < Subscribers.MOST; i++) {
            assertThat(subscribers.add(Map.of())).isNotNull();
        }
        assertThat(subscribers.add(Map.of())).isNull();
    }
}
