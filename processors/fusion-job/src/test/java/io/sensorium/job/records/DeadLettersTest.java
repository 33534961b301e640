// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.records;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineConfig.EmitKey;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.pipeline.OutputFormat;
import io.sensorium.results.DeadLetter;
import io.sensorium.schemas.RecordDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What of a record goes into its dead letter: all, its beginning, or nothing but where it lies. */
class DeadLettersTest {

    private static final byte[] KEY = "subject".getBytes(StandardCharsets.UTF_8);
    private static final byte[] VALUE = "x".repeat(1000).getBytes(StandardCharsets.UTF_8);

    private static OutputRecord written(String section, OutputFormat format, Map<String, byte[]> headers)
            throws Exception {
        PipelineConfig config = PipelineFile.parse(
                "p.yaml",
                "modalities: {text: {encoder: text-bge-small-en}}\nalign: {min_modalities: 1}\noperators: {s: {type: sentiment}}\n"
                        + section);
        DeadLetters letters = new DeadLetters(
                config,
                new OutputSchemas(
                        format,
                        OutputSchemas.topics(config).keySet().stream()
                                .collect(Collectors.toMap(topic -> topic, topic -> 1)),
                        Integer.BYTES,
                        EmitKey.SUBJECT,
                        Map.of()),
                new DeadLetters.Writer(DeadLettersTest.class, 4));
        return letters.of(
                new Coordinates("media.text", 3, 9, 5, KEY, VALUE, headers),
                Stage.INGEST,
                FailureCode.UNDECODABLE,
                "why");
    }

    private static DeadLetter letter(String section, Map<String, byte[]> headers) throws Exception {
        return letter(written(section, OutputFormat.AVRO, headers));
    }

    private static DeadLetter letter(OutputRecord written) throws Exception {
        return RecordDecoder.<DeadLetter>of(DeadLetter.getClassSchema(), Integer.BYTES)
                .decode(written.value());
    }

    private static String text(ByteBuffer bytes) {
        return bytes == null
                ? null
                : StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
    }

    @Test
    void carriesAllWhereItFits() throws Exception {
        DeadLetter letter =
                letter("", Map.of("trace", KEY, DeadLetters.REPLAYS_HEADER, "2".getBytes(StandardCharsets.US_ASCII)));
        assertThat(text(letter.getKey())).isEqualTo("subject");
        assertThat(text(letter.getValue())).hasSize(1000);
        assertThat(letter.getHeaders()).containsOnlyKeys("trace", DeadLetters.REPLAYS_HEADER);
        assertThat(letter.getAttempts())
                .as("sent again twice, this is its third try")
                .isEqualTo(3);
    }

    @Test
    void aCountThatIsNoneIsNotBelieved() throws Exception {
        assertThat(letter("", Map.of(DeadLetters.REPLAYS_HEADER, "many".getBytes(StandardCharsets.US_ASCII)))
                        .getAttempts())
                .isEqualTo(1);
        assertThat(letter("", Map.of(DeadLetters.REPLAYS_HEADER, "99999999999999".getBytes(StandardCharsets.US_ASCII)))
                        .getAttempts())
                .isEqualTo(1);
    }

    @Test
    void carriesCoordinatesAloneOfWhatIsTooLargeAndOfEverythingWhereTurnedOff() throws Exception {
        DeadLetter large = letter("dead_letters: {max_bytes: 999B}\n", Map.of());
        assertThat(large.getValue()).isNull();
        assertThat(large.getValueSize()).isEqualTo(1000);
        assertThat(large.getOffset()).isEqualTo(9);
        DeadLetter off = letter("dead_letters: {max_bytes: 0B, truncate: true}\n", Map.of("trace", KEY));
        assertThat(off.getKey()).isNull();
        assertThat(off.getValue()).isNull();
        assertThat(off.getHeaders()).isEmpty();
        assertThat(off.getMessage()).isEqualTo("why");
    }

    @Test
    void carriesTheBeginningWhereItIsToBeCut() throws Exception {
        DeadLetter cut = letter("dead_letters: {max_bytes: 107B, truncate: true}\n", Map.of("trace", KEY));
        assertThat(text(cut.getKey())).isEqualTo("subject");
        assertThat(text(cut.getValue())).isEqualTo("x".repeat(100));
        assertThat(cut.getValueSize()).isEqualTo(1000);
        assertThat(cut.getHeaders()).isEmpty();
    }

    @Test
    void headersAreThoseOfKafkaStreamsAndKafkaConnect() throws Exception {
        assertThat(written("", OutputFormat.AVRO, Map.of()).headers())
                .containsExactlyInAnyOrderEntriesOf(Map.ofEntries(
                        Map.entry("__streams.errors.exception", "UNDECODABLE"),
                        Map.entry("__streams.errors.message", "why"),
                        Map.entry("__streams.errors.stacktrace", "UNDECODABLE: why"),
                        Map.entry("__streams.errors.topic", "media.text"),
                        Map.entry("__streams.errors.partition", "3"),
                        Map.entry("__streams.errors.offset", "9"),
                        Map.entry("__connect.errors.topic", "media.text"),
                        Map.entry("__connect.errors.partition", "3"),
                        Map.entry("__connect.errors.offset", "9"),
                        Map.entry("__connect.errors.connector.name", "sensorium"),
                        Map.entry("__connect.errors.task.id", "4"),
                        Map.entry("__connect.errors.stage", "VALUE_CONVERTER"),
                        Map.entry("__connect.errors.class.name", DeadLettersTest.class.getName()),
                        Map.entry("__connect.errors.exception.class.name", "UNDECODABLE"),
                        Map.entry("__connect.errors.exception.message", "why"),
                        Map.entry("__connect.errors.exception.stacktrace", "UNDECODABLE: why")));
    }

    @Test
    void inJsonTheBoundIsOnTheBase64() throws Exception {
        OutputRecord all = written("dead_letters: {max_bytes: 1400B}\n", OutputFormat.JSON, Map.of());
        assertThat(letter(all).getValue().remaining()).isEqualTo(1000);
        OutputRecord cut = written("dead_letters: {max_bytes: 1200B, truncate: true}\n", OutputFormat.JSON, Map.of());
        assertThat(letter(cut).getValue().remaining()).isEqualTo(900 - KEY.length);
    }
}
