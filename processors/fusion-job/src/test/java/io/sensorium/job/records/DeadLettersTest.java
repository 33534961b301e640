// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.records;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.results.DeadLetter;
import io.sensorium.schemas.SchemaRegistry;
import io.sensorium.schemas.WireFormatDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What of a record goes into its dead letter: all, its beginning, or nothing but where it lies. */
class DeadLettersTest {

    private static final byte[] KEY = "subject".getBytes(StandardCharsets.UTF_8);
    private static final byte[] VALUE = "x".repeat(1000).getBytes(StandardCharsets.UTF_8);

    private static DeadLetter letter(String section, Map<String, byte[]> headers) throws Exception {
        PipelineConfig config = PipelineFile.parse(
                "p.yaml",
                "modalities: {text: {encoder: text-bge-small-en}}\nalign: {min_modalities: 1}\noperators: {s: {type: sentiment}}\n"
                        + section);
        DeadLetters letters = new DeadLetters(
                config,
                new OutputSchemas(OutputSchemas.topics(config).keySet().stream()
                        .collect(Collectors.toMap(topic -> topic, topic -> 1))));
        byte[] written = letters.of(
                        new Coordinates("media.text", 3, 9, 5, KEY, VALUE, headers),
                        Stage.INGEST,
                        FailureCode.UNDECODABLE,
                        "why")
                .value();
        WireFormatDecoder<DeadLetter> decoder = WireFormatDecoder.of(DeadLetter.getClassSchema(), new SchemaRegistry() {
            @Override
            public int register(String subject, String schema) {
                return 1;
            }

            @Override
            public String schemaOf(int id) {
                return DeadLetter.getClassSchema().toString();
            }
        });
        return decoder.decode(written);
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
}
